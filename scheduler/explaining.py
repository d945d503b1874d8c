"""`GET /explain/{namespace}/{pod}`: why a pod is, or is not, where it is.

Two answers side by side: what filter was told the last time (numbers of nodes by reason, as they were then), and what
would be decided now, for every node with each policy's raw value, score and weight. A pod that is placed is explained
as if it were to be placed again: its own node is judged without it.

Words for thousands of nodes take a while, so they are made in another thread than the one that answers kube-scheduler,
and with that thread's engines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from policies.engine.decide import Engine
from policies.engine.explain import Explanation, NodeExplanation, explain
from policies.errors import PolicyError
from policies.model.placement import Placement
from policies.model.pod import Pod, PodClass
from policies.model.snapshot import Snapshot
from policies.model.what_if import without
from scheduler.deciding import Decider, Engines
from scheduler.reading import PodReader
from scheduler.recent import Recent


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A pod that the mirror knows, and where it is (None: it waits)."""

    pod: Pod
    placement: Placement | None
    problem: str = ""  # what of it cannot be read


class Explainer:
    """Explains pods that the mirror knows."""

    def __init__(
        self,
        reader: PodReader,
        recent: Recent,
        decider: Decider,
        engines: Engines,
        *,
        find: Callable[[str, str], Found | None],
        snapshot: Callable[[], Snapshot],
    ) -> None:
        self._reader = reader
        self._recent = recent
        self._find = find
        self._snapshot = snapshot
        self._decider = decider
        self._engines = engines

    async def explain(self, namespace: str, name: str) -> Mapping[str, object] | None:
        """As JSON would have it; None when no such pod is known."""
        found = self._find(namespace, name)
        if found is None:
            return None
        pod, placement = found.pod, found.placement
        last = self._recent.answer(pod.uid)
        told: dict[str, Any] = {
            "namespace": namespace,
            "name": name,
            "uid": pod.uid,
            "node": placement.node if placement else None,
            "devices": list(placement.devices) if placement else [],
            "asks": asks(pod.of),
            "problem": found.problem or None,
            "last_answer": None if last is None else msgspec.to_builtins(last),
        }
        undecided: dict[str, Any] = {"profile": None, "chosen": None, "nodes": []}
        if found.problem:  # its wishes are not known, so nothing can be said of where it would go
            return told | {"asks": {}} | undecided
        try:
            subject = self._reader.subject(pod)
        except PolicyError as error:
            return told | {"problem": str(error)} | undecided
        nodes = self._snapshot()
        profile = subject.engine.profile
        explained = await self._decider.ask(
            lambda: _explained(self._engines.of(profile), nodes, subject.pod, placement)
        )
        return told | {
            "profile": explained.profile,
            "chosen": explained.chosen,
            "nodes": [_told(node) for node in explained.nodes],
        }


def _told(node: NodeExplanation) -> dict[str, Any]:
    refusal = node.refusal
    return {
        "node": node.node,
        "refusal": None if refusal is None else refusal._asdict(),
        "tier": node.tier,
        "score": node.score,
        "integer": node.integer,
        "opinions": [msgspec.to_builtins(opinion) for opinion in node.opinions],
    }


def asks(of: PodClass) -> dict[str, Any]:
    """What a pod asks for, without what it does not ask for."""
    fields: dict[str, Any] = msgspec.to_builtins(of)
    derived = ("groups", "_hash")
    wanted = {key: value for key, value in fields.items() if value not in (None, "", (), [], 0, False)}
    return {key: value for key, value in wanted.items() if key not in derived}


def _explained(engine: Engine, nodes: Snapshot, pod: Pod, placement: Placement | None) -> Explanation:
    all_nodes = explain(engine, nodes, pod.of)
    slot = -1 if placement is None else int(nodes.slots_of([placement.node])[0])
    if placement is None or slot < 0:
        return all_nodes
    # by an engine of its own: one that keeps answers for all nodes would keep that of the one row in their place
    alone = explain(Engine(engine.profile), without(nodes, slot, [placement]), pod.of).nodes[0]
    told = [alone if node.node == placement.node else node for node in all_nodes.nodes]
    passed = sorted((node for node in told if node.refusal is None), key=_rank)
    refused = [node for node in told if node.refusal is not None]
    chosen = passed[0].node if passed else None
    return Explanation(profile=all_nodes.profile, chosen=chosen, nodes=(*passed, *refused))


def _rank(node: NodeExplanation) -> tuple[int, float, str]:
    return node.tier, -node.score, node.node
