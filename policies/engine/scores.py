"""Scores per class of pods, kept up to date by the rows that changed.

Two layers. A **part** is what one policy says of one key (what of the pod it reads), shared by all classes with that
key. A **standing** is the outcome for one class: for each slot one whole number that orders the nodes, or a negative
one where the pod cannot go. Both look again only at what changed since they were made.

The order of a slot is `order << 32 | (2^32 - 1 - tie)`: all different, so the best node is one argmax, and of equal
nodes the first by name is taken.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from policies.engine.contract import Bools, Floats, Ints, Scope
from policies.engine.fit import asked, dynamic_fit, static_fit
from policies.engine.part import Part, cluster_score
from policies.engine.profile import Profile, Step
from policies.engine.quantise import Bands
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

NOWHERE = -1
TIE_BITS = 32
_TIE_TOP = 2**TIE_BITS - 1
_CELLS = 16_000_000  # class × node and key × node cells kept; the oldest goes first
CLASSES = 20_000  # of which something small is kept; and on few nodes, too, no more parts and standings than that


Parts = list[tuple[Step, Part]]


@dataclass(slots=True)
class Standing:
    """The order of all slots for one class."""

    epoch: object
    version: int
    wanted: Ints | None  # see fit.asked
    static_fit: Bools
    if_fit: Ints  # the order that a slot has whenever the pod fits there; good for static profiles only
    order: Ints  # NOWHERE where it does not


@dataclass(frozen=True, slots=True)
class Concerned:
    """The steps of the profile that have an opinion on a class, with their numbers."""

    steps: tuple[tuple[int, Step], ...]
    keys: tuple[tuple[int, Hashable], ...]  # of each step's part
    levels: tuple[int, ...]  # of each step
    bands: Bands
    scope: Scope  # the widest of theirs


class Scores:
    """All parts and standings of one profile."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._parts: dict[tuple[int, Hashable], Part] = {}
        self._standings: dict[PodClass, Standing] = {}
        self._concerned: dict[PodClass, Concerned] = {}

    def concerned(self, pod: PodClass) -> Concerned:
        """The steps with an opinion on this pod, and how its integers are cut."""
        known = self._concerned.get(pod)
        if known is None:
            steps = tuple((i, step) for i, step in enumerate(self.profile.steps) if step.policy.concerns(pod))
            levels = tuple(step.policy.levels(pod) for _, step in steps)
            only_best = self.profile.shortlist is not None and self.profile.shortlist.tiers == "best"
            scopes = {step.policy.scope for _, step in steps}
            widest = next((scope for scope in (Scope.CLUSTER, Scope.NODE) if scope in scopes), Scope.STATIC)
            bands = Bands(top=self.profile.top_score, levels=math.prod(levels), only_best=only_best)
            if len(self._concerned) >= CLASSES:
                self._concerned.clear()
            keys = tuple((index, step.policy.key(pod)) for index, step in steps)
            known = self._concerned[pod] = Concerned(steps, keys, levels, bands, widest)
        return known

    def standing(self, nodes: Snapshot, pod: PodClass) -> Standing:
        """The class's standing as of this snapshot."""
        known = self._standings.get(pod)
        if known is None or known.epoch != nodes.epoch or len(known.order) != len(nodes):
            return self._anew(nodes, pod)
        if known.version == nodes.version:
            return known
        rows = nodes.changed_since(known.version)
        if rows is None:
            return self._anew(nodes, pod)
        scope = self.concerned(pod).scope
        if scope is Scope.CLUSTER:
            self._cluster_changed(known, nodes, pod)
        elif scope is Scope.STATIC:
            _refit(known, nodes, pod, rows)
        else:
            self._rescore(known, nodes, pod, rows)
        known.version = nodes.version
        return known

    def part(self, nodes: Snapshot, pod: PodClass, index: int) -> Part:
        """What the profile's policy number *index* says, as of this snapshot."""
        return self._part(nodes, pod, (index, self.profile.steps[index].policy.key(pod)))

    def parts(self, nodes: Snapshot, pod: PodClass) -> Parts:
        """All that concern this pod, with their steps."""
        concerned = self.concerned(pod)
        return [
            (step, self._part(nodes, pod, key)) for (_, step), key in zip(concerned.steps, concerned.keys, strict=True)
        ]

    def _part(self, nodes: Snapshot, pod: PodClass, key: tuple[int, Hashable]) -> Part:
        part = self._parts.get(key)
        if part is None:
            while self._parts and len(self._parts) >= _most(nodes):
                del self._parts[next(iter(self._parts))]
            part = self._parts[key] = Part(self.profile.steps[key[0]].policy)
        part.refresh(nodes, pod)
        return part

    def scores(self, nodes: Snapshot, pod: PodClass, feasible: Bools, parts: Parts | None = None) -> Floats:
        """The weighted mean for every slot; policies of scope CLUSTER judge the feasible ones (elsewhere 0).

        *parts*, here and below, are those of this pod, for who has them.
        """
        terms = []
        for step, part in parts or self.parts(nodes, pod):
            if step.policy.scope is Scope.CLUSTER:
                score = cluster_score(step.policy, nodes, pod, feasible)
            else:
                score = part.score
            if score is not None and step.weight:
                terms.append((step, score))
        return _weighted(terms, len(nodes))

    def allowed(self, nodes: Snapshot, pod: PodClass, parts: Parts | None = None) -> Bools:
        """Slots that every policy allows; says nothing of what is asked for and left."""
        return self._allowed_by(nodes, pod, (Scope.STATIC, Scope.NODE, Scope.CLUSTER), parts)

    def fitting(self, nodes: Snapshot, pod: PodClass, parts: Parts | None = None) -> Bools:
        """Slots that every policy allows and where the pod fits."""
        return self.allowed(nodes, pod, parts) & static_fit(nodes, pod) & dynamic_fit(nodes, pod)

    def tiers(self, nodes: Snapshot, pod: PodClass, parts: Parts | None = None) -> Ints | int:
        """The lexicographic tier of every slot, 0 best."""
        tier: Ints | int = 0
        for (_, part), levels in zip(parts or self.parts(nodes, pod), self.concerned(pod).levels, strict=True):
            if levels > 1 and part.tier is not None:
                tier = tier * levels + part.tier
        return tier

    # inside

    def _anew(self, nodes: Snapshot, pod: PodClass) -> Standing:
        static = static_fit(nodes, pod) & self._allowed_by(nodes, pod, (Scope.STATIC,))
        wanted = asked(nodes, pod)
        fits = static & dynamic_fit(nodes, pod, wanted) & self._allowed_by(nodes, pod, (Scope.NODE, Scope.CLUSTER))
        if_fit = np.where(static, self._order(nodes, pod, fits), NOWHERE)
        standing = Standing(nodes.epoch, nodes.version, wanted, static, if_fit, np.where(fits, if_fit, NOWHERE))
        self._standings.pop(pod, None)
        while self._standings and len(self._standings) >= _most(nodes):
            del self._standings[next(iter(self._standings))]
        self._standings[pod] = standing
        return standing

    def _allowed_by(
        self, nodes: Snapshot, pod: PodClass, scopes: tuple[Scope, ...], parts: Parts | None = None
    ) -> Bools:
        allowed = np.ones(len(nodes), dtype=np.bool_)
        for step, part in parts or self.parts(nodes, pod):
            if part.allow is not None and step.policy.scope in scopes:
                allowed &= part.allow
        return allowed

    def _order(self, nodes: Snapshot, pod: PodClass, fits: Bools) -> Ints:
        bands, parts = self.concerned(pod).bands, self.parts(nodes, pod)
        order = bands.order(self.tiers(nodes, pod, parts), bands.steps(self.scores(nodes, pod, fits, parts)))
        return packed(order, nodes.tie)

    def _rescore(self, known: Standing, nodes: Snapshot, pod: PodClass, rows: list[int]) -> None:
        changed = np.array(rows, dtype=np.intp)
        fits = known.static_fit[changed] & dynamic_fit(nodes.take(changed), pod, known.wanted)
        known.order[changed] = NOWHERE
        # where it does not fit its score is of no interest, and that it fits again will be a change of that row
        index = changed[fits]
        if not len(index):
            return
        allowed = np.ones(len(index), dtype=np.bool_)
        terms: list[tuple[Step, Floats]] = []
        tier: Ints | int = 0
        concerned = self.concerned(pod)
        for (step, part), levels in zip(self.parts(nodes, pod), concerned.levels, strict=True):
            if part.allow is not None and step.policy.scope is Scope.NODE:
                allowed &= part.allow[index]
            if part.tier is not None and levels > 1:
                tier = tier * levels + part.tier[index]
            if part.score is not None and step.weight:
                terms.append((step, part.score[index]))
        bands = concerned.bands
        order = bands.order(tier, bands.steps(_weighted(terms, len(index))))
        known.order[index] = np.where(allowed, packed(order, nodes.tie[index]), NOWHERE)

    def _cluster_changed(self, known: Standing, nodes: Snapshot, pod: PodClass) -> None:
        fits = known.static_fit & dynamic_fit(nodes, pod, known.wanted)
        fits &= self._allowed_by(nodes, pod, (Scope.NODE, Scope.CLUSTER))
        known.if_fit = self._order(nodes, pod, fits)
        known.order = np.where(fits, known.if_fit, NOWHERE)


def _most(nodes: Snapshot) -> int:
    """How many classes or keys something is kept of that has a number for each node."""
    return min(_CELLS // max(1, len(nodes)), CLASSES)


def packed(order: Ints, tie: Ints) -> Ints:
    """One number for each node by which all differ; the best has the highest."""
    unequal: Ints = (order << TIE_BITS) | (_TIE_TOP - tie)
    return unequal


def _weighted(terms: list[tuple[Step, Floats]], size: int) -> Floats:
    if not terms:
        return np.zeros(size)
    if len(terms) == 1:
        return terms[0][1]
    total = sum(step.weight for step, _ in terms)
    mean = terms[0][1] * (terms[0][0].weight / total)
    for step, score in terms[1:]:
        mean = mean + score * (step.weight / total)
    return mean


def _refit(known: Standing, nodes: Snapshot, pod: PodClass, rows: list[int]) -> None:
    index = np.array(rows, dtype=np.intp)
    if pod.gpu is not None or known.wanted is None:
        fits = dynamic_fit(nodes.take(index), pod, known.wanted)
    else:  # what dynamic_fit does, without its calls: this is the path of a million pods
        fits = np.logical_and.reduce(nodes.free_all.take(index, axis=1) >= known.wanted, axis=0)
        fits &= nodes.ready.take(index)
    known.order[index] = np.where(fits, known.if_fit.take(index), NOWHERE)
