"""What evictions cost, in kube-scheduler's order (preemption.go, pickOneNodeForPreemption).

The fewest violated disruption budgets, then the lowest highest priority, the lowest sum of priorities, the fewest pods,
the latest start among those of the highest priority.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from policies.model.resident import Resident

_OFFSET = 2**31  # kube-scheduler's: with it a pod of negative priority costs something, too
_LEAST = -(2**62)

Cost = tuple[int, int, int, int, float, tuple[str, ...]]


class Budget(Protocol):
    """A PodDisruptionBudget."""

    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def disruptions_allowed(self) -> int: ...


Budgets = Mapping[str, Sequence[Budget]]  # by pod uid: those that its eviction counts against; none where it is missing


def violating(chosen: Iterable[Resident], budgets: Budgets) -> set[str]:
    """The uids of those that cannot go without violating a budget, when the most important go first."""
    left: dict[tuple[str, str], int] = {}
    found = set()
    for resident in sorted(chosen, key=lambda each: each.importance):
        for budget in budgets.get(resident.uid, ()):
            name = (budget.namespace, budget.name)
            left[name] = left.get(name, budget.disruptions_allowed) - 1
            if left[name] < 0:
                found.add(resident.uid)
    return found


def cost(chosen: Sequence[Resident], budgets: Budgets) -> Cost:
    """What is compared, less is better; it grows with each pod added, and the uids make it another for each set."""
    highest = max((resident.priority for resident in chosen), default=_LEAST)
    return (
        len(violating(chosen, budgets)),
        highest,
        sum(resident.priority + _OFFSET for resident in chosen),
        len(chosen),
        -min((resident.started_s for resident in chosen if resident.priority == highest), default=0.0),
        tuple(sorted(resident.uid for resident in chosen)),
    )
