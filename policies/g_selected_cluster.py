"""GEdge's GSelectedCluster: one named cluster and no other. A GEdge cluster is a site here.

The name is the parameter `cluster`; without it the first site in the pod's own `edgeward.dev/fallback`, so that one
profile serves all pods. A name that no site has refuses every node: a pod meant for one place must not turn up
elsewhere because of a typing error. A pod that names no site gets no opinion. To try several in turn, take
`g-set-clusters`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Scope
from policies.model.hint import RELATIONS
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class GSelectedCluster(FilterScorer):
    """GEdge: only nodes of one named cluster (site)."""

    cluster: str = ""  # empty: the pod's annotation says it

    scope: ClassVar[Scope] = Scope.STATIC
    aliases: ClassVar[tuple[str, ...]] = ("GSelectCluster", "GSelectedClusters", "SelectedCluster")

    def concerns(self, pod: PodClass) -> bool:
        return bool(self._wanted(pod))

    def key(self, pod: PodClass) -> Hashable:
        return self._wanted(pod)

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        cluster = self._wanted(pod)
        if not cluster:
            return None
        if cluster not in nodes.sites:
            return np.zeros(len(nodes), dtype=np.bool_)
        allowed: Bools = nodes.site == nodes.sites.number(cluster)
        return allowed

    def _wanted(self, pod: PodClass) -> str:
        places = (place for group in pod.hint.groups for place in group) if pod.hint and not self.cluster else ()
        return self.cluster or next((place for place in places if place not in RELATIONS), "")

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        cluster = self._wanted(pod)
        if cluster not in nodes.sites:
            return [f"selected cluster {cluster!r} is no known site"] * len(nodes)
        return worded(lambda site: f"site {nodes.sites[site].name}, selected cluster {cluster}", nodes.site)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        return f"selected cluster {self._wanted(pod) or 'not given'}"


POLICY: type[FilterScorer] = GSelectedCluster
