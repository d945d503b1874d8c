"""One decision: filter masks (AND) → scores in [0, 1] per policy → weighted mean → shortlist → integers → ties by name.

The one function of (snapshot, pod, profile) that the extender, the simulator and the autoscaler's "would one more
replica fit?" ask. An `Engine` is that function with a memory of what it computed; the memory changes the speed, never
an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from policies.engine.cause import NO_CAUSE, Cause, decisive
from policies.engine.contract import Bools, Scope
from policies.engine.fit import best_fit_on, dynamic_fit, misfits, own_fit, own_misfits, static_fit
from policies.engine.part import allows, cause_of
from policies.engine.profile import Profile
from policies.engine.said import Said
from policies.engine.scores import CLASSES, NOWHERE, TIE_BITS, Scores, packed
from policies.model.pod import PodClass
from policies.model.snapshot import Rows, Snapshot

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
NO_NODE = -1
_LEFT_OUT = "others are better"  # told of each of thousands of nodes, so in few words


class Refusal(NamedTuple):  # thousands at a time, and a frozen dataclass takes four times as long
    """Why a node is not passed on."""

    node: str
    policy: str  # "fit", "shortlist", or the policy's name
    reason: str
    unresolvable: bool = False  # no eviction could change it


class Refused(NamedTuple):
    """Nodes that are refused by one policy; equal reasons are one text."""

    policy: str
    unresolvable: bool
    which: Bools  # of the nodes in question
    reasons: Sequence[str]  # of each of these


@dataclass(frozen=True, kw_only=True)  # without slots: `order` is kept
class Decision:
    """The outcome for one pod class: arrays have one entry per slot of the snapshot that was asked."""

    node: str | None  # the chosen one
    slot: int
    ranks: Ints  # the highest is the best, NOWHERE where a node is not passed on
    integers: Ints  # what the extender answers, 0 where a node is not passed on
    scores: Floats
    tiers: Ints
    feasible: Bools
    passed: Bools  # feasible and on the shortlist
    offered: bool = False  # what kube-scheduler's own filters check was not checked again

    @cached_property
    def order(self) -> Ints:
        """Slots of the nodes passed on, best first. Only who asks waits for the sorting."""
        slots = np.flatnonzero(self.passed)
        return slots[np.argsort(-self.ranks[slots], kind="stable")]


class Engine:
    """Decides by one profile. Not for several threads at once."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.cache = Scores(profile)
        self._said = Said()
        self._completed: dict[PodClass, PodClass] = {}
        shortlist = profile.shortlist
        self._most = shortlist.nodes if shortlist else 0

    def meant(self, pod: PodClass) -> PodClass:
        """The class as the profile reads it: its users are at the profile's origin where nobody says where they are."""
        if pod.demand is not None or self.profile.origin is None:
            return pod
        known = self._completed.get(pod)
        if known is None:
            if len(self._completed) >= CLASSES:
                self._completed.clear()
            known = self._completed[pod] = replace(pod, demand=self.profile.origin)
        return known

    def choose(self, nodes: Snapshot, pod: PodClass) -> int:
        """The slot of the node that the pod gets, NO_NODE when it fits nowhere. The quick way to `decide(…).slot`."""
        pod = self.meant(pod)
        order = self.cache.standing(nodes, pod).order
        if not len(order):
            return NO_NODE
        best = int(order.argmax())
        top = int(order[best])
        if top < 0:
            return NO_NODE
        # more equals than the shortlist has room for: then finer scores decide who is on it
        if self._most and int((order >= (top >> TIE_BITS) << TIE_BITS).sum()) > self._most:
            return self.decide(nodes, pod).slot
        return best

    def fits(self, nodes: Snapshot, pod: PodClass) -> int:
        """On how many nodes one more pod of the class would fit."""
        return int((self.cache.standing(nodes, self.meant(pod)).order >= 0).sum())

    def decide(
        self,
        nodes: Snapshot,
        pod: PodClass,
        candidates: Bools | None = None,
        *,
        shortlist: bool = True,
        offered: bool = False,
    ) -> Decision:
        """The whole decision; *candidates* limits it to some slots.

        *offered* says that kube-scheduler offers them: what its own filters check is not checked again. Without
        *shortlist* all that are feasible are passed on, whatever the profile says; integers tell tiers apart.
        """
        cache, pod = self.cache, self.meant(pod)
        parts = cache.parts(nodes, pod)
        if offered:
            feasible = cache.allowed(nodes, pod, parts) & own_fit(nodes, pod)
        else:
            feasible = cache.fitting(nodes, pod, parts)
        if candidates is not None:
            feasible &= candidates
        tier = cache.tiers(nodes, pod, parts)
        tiers = np.broadcast_to(np.asarray(tier, dtype=np.int64), (len(nodes),))
        scores = cache.scores(nodes, pod, feasible, parts)
        bands = cache.concerned(pod).bands
        if not shortlist:
            bands = replace(bands, only_best=False)
        steps = bands.steps(scores)
        passed = self._shortlisted(nodes, feasible, tiers, scores) if shortlist else feasible
        ranks = np.where(passed, packed(bands.order(tiers, steps), nodes.tie), NOWHERE)
        slot = int(ranks.argmax()) if passed.any() else NO_NODE
        return Decision(
            node=str(nodes.name[slot]) if slot >= 0 else None,
            slot=slot,
            ranks=ranks,
            integers=np.where(passed, bands.integers(tiers, steps), 0),
            scores=scores,
            tiers=tiers,
            feasible=feasible,
            passed=passed,
            offered=offered,
        )

    def _shortlisted(self, nodes: Snapshot, feasible: Bools, tiers: Ints, scores: Floats) -> Bools:
        shortlist = self.profile.shortlist
        if shortlist is None or not feasible.any():
            return feasible
        kept = feasible
        if shortlist.tiers == "best":
            kept = feasible & (tiers == tiers[feasible].min())
        slots = np.flatnonzero(kept)
        if shortlist.nodes and len(slots) > shortlist.nodes:
            best = np.lexsort((nodes.tie[slots], -scores[slots], tiers[slots]))[: shortlist.nodes]
            kept = np.zeros_like(feasible)
            kept[slots[best]] = True
        return kept

    def admits(self, row: Snapshot, pod: PodClass) -> bool:
        """Would the one node given take the pod. It may be one that is only tried out: nothing is remembered of it."""
        pod = self.meant(pod)
        if not (static_fit(row, pod)[0] and dynamic_fit(row, pod)[0]):
            return False
        return all(allows(step.policy, row, pod) for _, step in self.cache.concerned(pod).steps)

    def devices(self, nodes: Snapshot, pod: PodClass, slot: int) -> tuple[int, ...]:
        """The GPUs of that node which the pod gets: as the first policy with an opinion says, else best fit."""
        if pod.gpu is None:
            return ()
        row, pod = nodes.take([slot]), self.meant(pod)
        for index, step in self.cache.concerned(pod).steps:
            device = self.cache.part(nodes, pod, index).device
            chosen = step.policy.devices(row, pod) if device is None else (int(device[slot]),)
            if chosen is not None and -1 not in chosen:
                return chosen
        return best_fit_on(row, pod)

    def refusals(self, nodes: Snapshot, pod: PodClass, decision: Decision, slots: npt.ArrayLike) -> list[Refusal]:
        """Why those nodes are not passed on, in the order given; nothing is said of one that nothing refuses."""
        return self._refusals(nodes, pod, decision, np.asarray(slots, dtype=np.intp))

    def refused(self, nodes: Snapshot, pod: PodClass, decision: Decision | None, slots: Rows) -> list[Refused]:
        """The same, together for all that one policy refuses: thousands of nodes take no line of Python each."""
        if not len(slots):
            return []
        left_out = (decision.feasible & ~decision.passed)[slots] if decision is not None else None
        if left_out is not None and left_out.all():
            return [Refused("shortlist", False, left_out, [_LEFT_OUT] * len(slots))]
        some, pod = nodes.take(slots), self.meant(pod)
        named = list(self._causes(nodes, some, slots, pod))
        own = decision is not None and decision.offered
        named += [("fit", cause) for cause in (own_misfits if own else misfits)(some, pod)]
        if left_out is not None:
            named.append(("shortlist", Cause(left_out, ~left_out, lambda rows: [_LEFT_OUT] * len(rows))))
        which, hopeless = decisive([cause for _, cause in named], len(slots))
        found = []
        for number in np.unique(which[which != NO_CAUSE]).tolist():
            policy, cause = named[number]
            mine = which == number
            for unresolvable in (False, True):
                these = mine & (hopeless == unresolvable)
                if these.any():
                    found.append(Refused(policy, unresolvable, these, cause.words(np.flatnonzero(these))))
        return found

    def refusal(self, nodes: Snapshot, pod: PodClass, slot: int, decision: Decision | None = None) -> Refusal | None:
        """Why that node is not passed on, None when it is; of several reasons one that no eviction could change."""
        slots = np.array([slot])
        told = self._refusals(nodes, pod, decision, slots)
        if not told and decision is None:  # only the shortlist is left, and it takes a decision to know
            told = self._refusals(nodes, pod, self.decide(nodes, pod), slots)
        return told[0] if told else None

    def _refusals(self, nodes: Snapshot, pod: PodClass, decision: Decision | None, slots: Rows) -> list[Refusal]:
        told: dict[int, Refusal] = {}
        for policy, unresolvable, which, reasons in self.refused(nodes, pod, decision, slots):
            rows = np.flatnonzero(which)
            columns = nodes.name[slots[rows]].tolist(), repeat(policy), reasons, repeat(unresolvable)
            told.update(zip(rows.tolist(), map(Refusal, *columns), strict=True))
        return [told[row] for row in sorted(told)]

    def _causes(self, nodes: Snapshot, some: Snapshot, slots: Rows, pod: PodClass) -> Iterator[tuple[str, Cause]]:
        """What each policy refuses of *some* of the nodes, which are those at *slots* of what is asked."""
        for index, step in self.cache.concerned(pod).steps:
            allow = self.cache.part(nodes, pod, index).allow
            if allow is None:
                continue
            refused = ~allow[slots]
            if refused.any():
                cause = cause_of(step.policy, some, pod, refused)
                if step.policy.scope is Scope.STATIC:
                    cause = self._said.remembered(cause, index, nodes, some, pod)
                yield step.name, cause


def decide(nodes: Snapshot, pod: PodClass, profile: Profile, candidates: Bools | None = None) -> Decision:
    """The decision for (snapshot, pod, profile), computed from nothing."""
    return Engine(profile).decide(nodes, pod, candidates)
