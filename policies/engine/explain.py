"""Why a pod gets the node that it gets: for every node what each policy said, with which weight, and what refused it.

The same arrays that decided are read here, one row at a time, so an explanation cannot differ from the decision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.engine.contract import Bools, Floats, Scope
from policies.engine.decide import Decision, Engine, Refusal
from policies.engine.part import cluster_score
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one policy said of one node. A tier or score that it has none of is None."""

    policy: str
    weight: float
    tier: int | None
    score: float | None
    reason: str  # the raw value that tier or score was made from


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeExplanation:
    """One node. `integer` is what the extender answers; a node that is refused has no say in it."""

    node: str
    refusal: Refusal | None
    tier: int
    score: float
    integer: int
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All nodes: those passed on first, best first, then the refused ones by name."""

    profile: str
    chosen: str | None
    nodes: tuple[NodeExplanation, ...]


def explain(engine: Engine, nodes: Snapshot, pod: PodClass, candidates: Bools | None = None) -> Explanation:
    """The decision for *pod* with its reasons; *candidates* as in `Engine.decide`, others are left out."""
    pod = engine.meant(pod)
    decision = engine.decide(nodes, pod, candidates)
    asked = np.array(
        [bool(name) for name in nodes.name.tolist()], dtype=np.bool_
    )  # the slot of a deleted node has none
    if candidates is not None:
        asked &= candidates
    refused = np.flatnonzero(asked & ~decision.passed)
    refused = refused[np.argsort(nodes.tie[refused], kind="stable")]
    scores = _by_step(engine, nodes, pod, decision)
    slots = [*decision.order.tolist(), *refused.tolist()]
    return Explanation(
        profile=engine.profile.name,
        chosen=decision.node,
        nodes=tuple(_one(engine, nodes, pod, decision, scores, slot) for slot in slots),
    )


def _by_step(engine: Engine, nodes: Snapshot, pod: PodClass, decision: Decision) -> dict[int, Floats | None]:
    scores: dict[int, Floats | None] = {}
    for index, step in engine.cache.concerned(pod).steps:
        if step.policy.scope is Scope.CLUSTER:
            scores[index] = cluster_score(step.policy, nodes, pod, decision.feasible)
        else:
            scores[index] = engine.cache.part(nodes, pod, index).score
    return scores


def _one(
    engine: Engine, nodes: Snapshot, pod: PodClass, decision: Decision, scores: dict[int, Floats | None], slot: int
) -> NodeExplanation:
    row = nodes.take([slot])
    opinions = []
    for index, step in engine.cache.concerned(pod).steps:
        tier, score = engine.cache.part(nodes, pod, index).tier, scores[index]
        opinions.append(
            Opinion(
                policy=step.name,
                weight=step.weight,
                tier=None if tier is None else int(tier[slot]),
                score=None if score is None else float(score[slot]),
                reason=step.policy.reason(row, pod),
            )
        )
    return NodeExplanation(
        node=str(nodes.name[slot]),
        refusal=None if decision.passed[slot] else engine.refusal(nodes, pod, slot, decision),
        tier=int(decision.tiers[slot]),
        score=float(decision.scores[slot]),
        integer=int(decision.integers[slot]),
        opinions=tuple(opinions),
    )
