"""PodDisruptionBudgets: how many pods of a kind may still go, asked before one is evicted for another.

As kube-scheduler counts them (preemption, filterPodsWithPDBViolation): a budget without a selector, or with an empty
one, protects nobody there; a pod without labels is protected by none; and a pod that the budget counts as disrupted
already is not counted a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kube.mirror.changes import Changes
from kube.mirror.listing import Listing
from kube.mirror.selector import Selector, selector
from policies.errors import ModelError
from policies.model.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBudget:
    """One budget as its controller last counted. `disrupted` are the names of pods that are on their way out."""

    namespace: str
    name: str
    disruptions_allowed: int
    selector: Selector = field(repr=False)
    disrupted: frozenset[str] = frozenset()


class Budgets:
    """Handler of policy/v1 PodDisruptionBudgets. One that cannot be read protects nobody, as in kube-scheduler."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._budgets: dict[str, dict[str, ToldBudget]] = {}  # by namespace and name
        self._listing = Listing()

    def of(self, namespace: str, labels: Mapping[str, str], *, pod: str = "") -> tuple[ToldBudget, ...]:
        """The budgets that the eviction of such a pod would count against, in name order."""
        if not labels:
            return ()
        here = self._budgets.get(namespace, {})
        return tuple(
            budget
            for _, budget in sorted(here.items())
            if pod not in budget.disrupted and budget.selector.matches(labels)
        )

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(f"{namespace}/{name}" for namespace, here in self._budgets.items() for name in here)

    def put(self, content: Mapping[str, Any]) -> None:
        """A budget as it is now."""
        namespace, name = _names(content)
        try:
            budget = _read(content, namespace, name)
        except ModelError:
            self._set(namespace, name, None)
            raise
        self._set(namespace, name, budget)

    def drop(self, content: Mapping[str, Any]) -> None:
        """A budget is deleted."""
        self._set(*_names(content), None)

    def settle(self) -> None:
        """The list is complete."""
        for key in sorted(self._listing.left_out()):
            namespace, _, name = key.partition("/")
            self._set(namespace, name, None)

    def _set(self, namespace: str, name: str, budget: ToldBudget | None) -> None:
        self._listing.seen(f"{namespace}/{name}")
        here = self._budgets.setdefault(namespace, {})
        before = here.pop(name, None)
        if budget is not None:
            here[name] = budget
        elif not here:
            del self._budgets[namespace]
        if before != budget:
            self._changes.tell("budgets")


def _read(content: Mapping[str, Any], namespace: str, name: str) -> ToldBudget:
    told = Manifest(content, f"poddisruptionbudget {namespace}/{name}")
    status = told.part("status")
    return ToldBudget(
        namespace=namespace,
        name=name,
        disruptions_allowed=status.number("disruptionsAllowed"),
        selector=selector(told.part("spec").part("selector")),
        disrupted=frozenset(status.texts("disruptedPods")),
    )


def _names(content: Mapping[str, Any]) -> tuple[str, str]:
    metadata = content.get("metadata") or {}
    return metadata.get("namespace") or "default", metadata.get("name") or ""
