"""Where the pod wishes to run: `local | neighbor | cloud` relative to its origin, in order, or sites by name.

The hint is lexicographic: each group of the hint is a tier, so a feasible node of an earlier group beats every node of
a later one; nodes in none of the groups come last, or nowhere when the hint is `required`. Inside a tier the nearer
site by believed round trip is better: score = 1 / (1 + rtt / half_ms), the demand-weighted mean. All nodes of one site
are equal here, so that kube-scheduler's own scores decide between them.

`default` is the order for pods that have no hint of their own, written as the annotation `fallback` is:
`local,[busan,daegu],cloud`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import field
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats, Ints, Scope
from policies.model.hint import RELATIONS
from policies.model.hint import Hint as Wish
from policies.model.pod import PodClass
from policies.model.relation import NEIGHBOR_RADIUS_MS, Relation, relations
from policies.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Hint(FilterScorer):
    """Honours `edgeward.dev/preferred`, `fallback` and `required`: local, neighbor, cloud or named sites, in order."""

    neighbor_radius_ms: Annotated[float, Field(gt=0)] = NEIGHBOR_RADIUS_MS
    half_ms: Annotated[float, Field(gt=0)] = 15.0  # where the score inside a tier is 0.5
    default: str = ""  # for pods without a hint
    _default: Wish | None = field(init=False, repr=False, compare=False)

    scope: ClassVar[Scope] = Scope.STATIC

    def __post_init__(self) -> None:
        object.__setattr__(self, "_default", Wish.parse(fallback=self.default) if self.default else None)

    def concerns(self, pod: PodClass) -> bool:
        return pod.hint is not None or self._default is not None

    def key(self, pod: PodClass) -> Hashable:
        return pod.hint, pod.demand

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        if pod.hint is None or not pod.hint.required:
            return None
        return self._tier_of_sites(nodes, pod, pod.hint)[nodes.site] < len(pod.hint.groups)

    def levels(self, pod: PodClass) -> int:
        hint = pod.hint or self._default
        return 1 if hint is None else len(hint.groups) + (not hint.required)

    def tier(self, nodes: Snapshot, pod: PodClass) -> Ints | None:
        hint = pod.hint or self._default
        return None if hint is None else self._tier_of_sites(nodes, pod, hint)[nodes.site]

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if not (pod.hint or self._default) or pod.demand is None:
            return None
        origins, weights = pod.demand.columns(nodes.sites)
        if not len(origins):
            return None
        rtt_ms = weights @ nodes.latency.p50_ms[origins]
        score: Floats = (1 / (1 + rtt_ms / self.half_ms))[nodes.site]
        return score

    def _tier_of_sites(self, nodes: Snapshot, pod: PodClass, hint: Wish) -> Ints:
        relation = relations(nodes.sites, nodes.latency, pod.demand, radius_ms=self.neighbor_radius_ms)
        tier = np.full(len(nodes.sites), len(hint.groups), dtype=np.int64)
        for level in range(len(hint.groups) - 1, -1, -1):  # backwards: the earliest group that names a site counts
            for place in hint.groups[level]:
                if place in RELATIONS:
                    tier[relation == Relation[place.upper()]] = level
                elif place in nodes.sites:
                    tier[nodes.sites.number(place)] = level
        return tier

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        wanted = ",".join(place for group in pod.hint.groups for place in group) if pod.hint else ""
        return worded(lambda site: f"{self._where(nodes, pod, site)}, required {wanted}", nodes.site)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        hint = pod.hint or self._default
        if hint is None:
            return "no hint"
        tier = int(self._tier_of_sites(nodes, pod, hint)[nodes.site[0]])
        return f"{self._where(nodes, pod, int(nodes.site[0]))}: choice {tier + 1} of {self.levels(pod)}"

    def _where(self, nodes: Snapshot, pod: PodClass, number: int) -> str:
        relation = relations(nodes.sites, nodes.latency, pod.demand, radius_ms=self.neighbor_radius_ms)[number]
        site = f"site {nodes.sites[number].name} is {Relation(relation).name.lower()}"
        if pod.demand is None:
            return f"{site} (the pod has no origin)"
        origins, weights = pod.demand.columns(nodes.sites)
        if not len(origins):
            return f"{site} (its origin {pod.demand.names} is no known site)"
        return f"{site} to {pod.demand.names}, {weights @ nodes.latency.p50_ms[origins, number]:.3g} ms away"


POLICY: type[FilterScorer] = Hint
