"""What the extender answers for the nodes that kube-scheduler offers, in the order offered.

Filter and prioritize are two questions about one decision. Both are here, and not in the extender, so that a recorded
question can be asked again offline and must get the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

import numpy as np

from policies.engine.contract import Bools
from policies.engine.decide import Engine, Refusal
from policies.model.pod import PodClass
from policies.model.snapshot import Rows, Snapshot

UNKNOWN = "unknown"  # in the place of a policy's name
_NOT_YET = "node is not known to edgeward yet"


class Refused(NamedTuple):
    """Nodes that are refused by one policy, in the order offered, and the reason for each; equal ones are one text."""

    policy: str
    unresolvable: bool
    nodes: list[str]
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """Every name offered is either in `passed`, in the order offered, or in one of `refused`, once."""

    passed: list[str]
    integers: list[int]  # the extender's score of each that passed
    refused: list[Refused]
    shortened: bool  # the shortlist left a node out

    @property
    def refusals(self) -> list[Refusal]:
        """The reason of each node that is refused."""
        return [
            Refusal(node, policy, reason, unresolvable)
            for policy, unresolvable, nodes, reasons in self.refused
            for node, reason in zip(nodes, reasons, strict=True)
        ]


def filtered(
    engine: Engine,
    nodes: Snapshot,
    pod: PodClass,
    names: Sequence[str],
    *,
    shortlist: bool = True,
    offered: bool = True,
) -> Filtered:
    """Which of the nodes the pod may go to. A name that no node has is refused; it may be known next time.

    *offered*: they have passed kube-scheduler's own filters (see `fit.own_fit`).
    """
    slots, candidates = _offered(nodes, names)
    known = slots >= 0
    if np.count_nonzero(candidates) < np.count_nonzero(known):  # to look at all names for one told twice takes longer
        names = list(dict.fromkeys(names))
        slots, known = nodes.slots_of(names), nodes.slots_of(names) >= 0
    decision = engine.decide(nodes, pod, candidates, shortlist=shortlist, offered=offered)
    passes = known.copy()
    passes[known] = decision.passed[slots[known]]
    if passes.all():
        return Filtered(passed=list(names), integers=decision.integers[slots].tolist(), refused=[], shortened=False)
    fails = np.flatnonzero(known & ~passes)
    refused = []
    if not known.all():
        nobody = list(compress(names, (~known).tolist()))
        refused.append(Refused(UNKNOWN, False, nobody, [_NOT_YET] * len(nobody)))
    failing = list(map(names.__getitem__, fails.tolist()))
    for policy, unresolvable, which, reasons in engine.refused(nodes, pod, decision, slots[fails]):
        mine = failing if len(reasons) == len(failing) else list(compress(failing, which.tolist()))
        refused.append(Refused(policy, unresolvable, mine, reasons))
    return Filtered(
        passed=list(compress(names, passes.tolist())),
        integers=decision.integers[slots[passes]].tolist(),
        refused=refused,
        shortened=bool((decision.feasible & ~decision.passed).any()),
    )


def prioritized(
    engine: Engine, nodes: Snapshot, pod: PodClass, names: Sequence[str], *, shortlist: bool = True
) -> list[int]:
    """The extender's score for each name, decided anew: for when filter was not asked, or asked elsewhere.

    0 for a node that is not passed on now, or that nobody knows.
    """
    slots, candidates = _offered(nodes, names)
    decision = engine.decide(nodes, pod, candidates, shortlist=shortlist, offered=True)
    known = slots >= 0
    scores = np.zeros(len(slots), dtype=np.int64)
    scores[known] = decision.integers[slots[known]]
    found: list[int] = scores.tolist()
    return found


def _offered(nodes: Snapshot, names: Sequence[str]) -> tuple[Rows, Bools]:
    slots = nodes.slots_of(names)
    candidates = np.zeros(len(nodes), dtype=np.bool_)
    candidates[slots[slots >= 0]] = True
    return slots, candidates
