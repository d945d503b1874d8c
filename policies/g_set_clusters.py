"""GEdge's GSetClusters: named clusters tried in order, inside a nested group by measurement.

    select_clusters: [c1, [c2, c3], c4]

reads: c1; when no node there is feasible c2 or c3, whichever has the shorter round trip to the pod's users; then c4;
nowhere else. A cluster is a site. Each group is a tier, so whatever other policies score, c1 comes before c2. Inside a
group

    score = 1 / (1 + rtt / half_ms)        demand-weighted, believed p50

Without the parameter the sites named in the pod's own `edgeward.dev/fallback` are taken; a pod that names none gets no
opinion. For `local | neighbor | cloud` relative to the origin, take `hint`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats, Ints, Scope
from policies.model.hint import RELATIONS, Hint
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

Name = Annotated[str, Field(min_length=1)]
Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class GSetClusters(FilterScorer):
    """GEdge: named clusters (sites) in order, nested groups by measured round trip, no others."""

    select_clusters: tuple[Name | Annotated[tuple[Name, ...], Field(min_length=1)], ...] = ()
    half_ms: Annotated[float, Field(gt=0)] = 20.0  # where the score is 0.5

    scope: ClassVar[Scope] = Scope.STATIC
    aliases: ClassVar[tuple[str, ...]] = ("GSetCluster", "SetClusters")

    def concerns(self, pod: PodClass) -> bool:
        return bool(self._groups(pod))

    def key(self, pod: PodClass) -> Hashable:
        return self._groups(pod), pod.demand

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        groups = self._groups(pod)
        return self._tier_of_sites(nodes, groups)[nodes.site] < len(groups) if groups else None

    def levels(self, pod: PodClass) -> int:
        return max(1, len(self._groups(pod)))

    def tier(self, nodes: Snapshot, pod: PodClass) -> Ints | None:
        groups = self._groups(pod)
        if not groups:
            return None
        # refused nodes have a tier, too, which must be below the number of levels
        return np.minimum(self._tier_of_sites(nodes, groups)[nodes.site], len(groups) - 1)

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if pod.demand is None or not self._groups(pod):
            return None
        origins, weights = pod.demand.columns(nodes.sites)
        if not len(origins):
            return None
        score: Floats = (1 / (1 + weights @ nodes.latency.p50_ms[origins] / self.half_ms))[nodes.site]
        return score

    def _groups(self, pod: PodClass) -> Groups:
        if self.select_clusters:
            return Hint.of(self.select_clusters).groups
        told = pod.hint.groups if pod.hint else ()
        sites = (tuple(place for place in group if place not in RELATIONS) for group in told)
        return tuple(group for group in sites if group)

    def _tier_of_sites(self, nodes: Snapshot, groups: Groups) -> Ints:
        tier = np.full(len(nodes.sites), len(groups), dtype=np.int64)
        for level, group in enumerate(groups):
            tier[[nodes.sites.number(name) for name in group if name in nodes.sites]] = level
        return tier

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        wanted = _in_words(self._groups(pod))
        return worded(lambda site: f"site {nodes.sites[site].name}, select_clusters {wanted}", nodes.site)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        groups = self._groups(pod)
        if not groups:
            return "no clusters given"
        choice = min(int(self._tier_of_sites(nodes, groups)[nodes.site[0]]) + 1, len(groups))
        return f"site {nodes.sites[int(nodes.site[0])].name}: choice {choice} of {len(groups)} ({_in_words(groups)})"


def _in_words(groups: Groups) -> str:
    return ",".join(group[0] if len(group) == 1 else f"[{','.join(group)}]" for group in groups)


POLICY: type[FilterScorer] = GSetClusters
