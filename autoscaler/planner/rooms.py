"""Would one more replica fit? The placement engine's answer, which is the extender's own.

Asked for several, they are put down one after the other on a copy of the nodes' books, so that two that fit a node
alone but not together count once. Home is the best place that the pod's hint allows; where replicas may go over edge,
the hint's fallbacks are the autoscaler's to take, and at home they do not count as room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from autoscaler.planner.observation import HOME, Fit, Rooms
from policies.engine.decide import Engine
from policies.model.hint import RELATIONS, Hint
from policies.model.pod import Pod, PodClass
from policies.model.snapshot import Snapshot
from policies.model.what_if import WhatIf

_OF_THE_PLACE = "hint"  # the policy that refuses nodes elsewhere


def rooms(
    engine: Engine, nodes: Snapshot, pod: PodClass, *, over_edge: bool, elsewhere: Callable[[str], bool] | None = None
) -> Rooms:
    """`rooms(place, up_to)` for replicas of that class; nobody knows about places *elsewhere*, in other clusters."""

    def ask(place: str, up_to: int) -> Fit:
        if elsewhere is not None and elsewhere(place):
            return Fit(count=up_to)  # what does not fit will be unschedulable there
        return fit(engine, nodes, at(pod, place, only=over_edge), up_to)

    return ask


def at(pod: PodClass, place: str, *, only: bool) -> PodClass:
    """The class of a replica at a place: home, a relation to the origin, or a site. *only*: nowhere else."""
    if place != HOME:
        return replace(pod, hint=Hint(groups=((place,),), required=True))
    if not only:
        return pod
    first = pod.hint.groups[0] if pod.hint is not None else (RELATIONS[0],)
    return replace(pod, hint=Hint(groups=(first,), required=True)) if pod.hint or pod.demand else pod


def fit(engine: Engine, nodes: Snapshot, pod: PodClass, up_to: int) -> Fit:
    """How many of *up_to* replicas fit, and what refuses the next."""
    if up_to <= 0:
        return Fit(count=0)
    decision = engine.decide(nodes, pod, shortlist=False)
    count = 0
    for slot in np.flatnonzero(decision.feasible)[np.argsort(-decision.ranks[decision.feasible], kind="stable")]:
        there = WhatIf(nodes, int(slot))
        while count < up_to and engine.admits(there.row, pod):
            there.add(Pod(name=f"next-{count}", of=engine.meant(pod), namespace=pod.namespace))
            count += 1
        if count == up_to:
            return Fit(count=count)
    return Fit(count=count, why=_refused(engine, nodes, pod, count))


def _refused(engine: Engine, nodes: Snapshot, pod: PodClass, count: int) -> str:
    """What most nodes of the place say, and how many of them; nodes elsewhere are not the question."""
    if count:
        return f"{count} more and it is full"
    if not len(nodes):
        return "there are no nodes"
    slots = np.arange(len(nodes), dtype=np.intp)
    decision = engine.decide(nodes, pod, shortlist=False)
    refusals = [each for each in engine.refusals(nodes, pod, decision, slots) if each.policy != _OF_THE_PLACE]
    if not refusals:
        return "no node is there"
    ((policy, often),) = Counter(each.policy for each in refusals).most_common(1)
    reason = next(each.reason for each in refusals if each.policy == policy)
    return f"{often} of {len(refusals)} nodes: {policy}: {reason}"
