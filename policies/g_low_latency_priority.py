"""GEdge's GLowLatencyPriority: the cluster with the lowest measured round trip from a source.

* `mode: from_node` – from the site of the node called `source` (a site's name will do);
* `mode: from_pod` – from where the pods of the service `source` are (`name` or `namespace/name`), the nearest of them;
* without `source` – from the pod's own demand, weighted.

score = 1 / (1 + rtt / half_ms) of the believed p50. GEdge answers one cluster and tries no other; ours ranks all, so
the next best is taken when that one is full. A source that is not there gives no opinion.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from policies.engine.contract import PARAMETERS, FilterScorer, Floats, Scope
from policies.model.pod import PodClass, service_group
from policies.model.snapshot import Snapshot

_MODES = {"fromnode": "from_node", "frompod": "from_pod"}


def _mode(value: object) -> object:
    """`fromnode`, `from-node` and `FROM_NODE` are all `from_node`."""
    if not isinstance(value, str):
        return value
    return _MODES.get(value.strip().lower().replace("_", "").replace("-", ""), value)


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class GLowLatencyPriority(FilterScorer):
    """GEdge: the site with the lowest round trip from a source node, service or the pod's users."""

    mode: Annotated[Literal["from_node", "from_pod"], BeforeValidator(_mode)] = "from_node"
    source: str = ""
    half_ms: Annotated[float, Field(gt=0)] = 20.0  # where the score is 0.5

    # a service's pods come and go; the other sources are settled with the nodes
    scope: ClassVar[Scope] = Scope.CLUSTER
    aliases: ClassVar[tuple[str, ...]] = ("LowLatencyPriority", "GLowLatency")

    def concerns(self, pod: PodClass) -> bool:
        return bool(self.source) or pod.demand is not None

    def key(self, pod: PodClass) -> Hashable:
        return pod.demand, pod.namespace

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        rtt_ms = self._rtt_ms(nodes, pod)
        if rtt_ms is None:
            return None
        score: Floats = (1 / (1 + rtt_ms / self.half_ms))[nodes.site]
        return score

    def _rtt_ms(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        """By site."""
        p50_ms = nodes.latency.p50_ms
        if not self.source:
            if pod.demand is None:
                return None
            origins, weights = pod.demand.columns(nodes.sites)
            mean: Floats = weights @ p50_ms[origins]
            return mean if len(origins) else None
        whole = nodes.whole
        if self.mode == "from_pod":
            at = np.flatnonzero(whole.count(service_group(pod.namespace, self.source)))
        else:
            at = np.flatnonzero(whole.name == self.source)
            if not len(at) and self.source in nodes.sites:
                at_site: Floats = p50_ms[nodes.sites.number(self.source)]
                return at_site
        if not len(at):
            return None
        nearest: Floats = p50_ms[np.unique(whole.site[at])].min(axis=0)
        return nearest

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        source = self.source or (pod.demand.names if pod.demand else "")
        if not source:
            return "no source and no origin"
        rtt_ms = self._rtt_ms(nodes, pod)
        if rtt_ms is None:
            kind = "running service" if self.mode == "from_pod" and self.source else "known node or site"
            return f"source {source} is no {kind}"
        return f"rtt {rtt_ms[nodes.site[0]]:.3g} ms from {source}"


POLICY: type[FilterScorer] = GLowLatencyPriority
