"""Near the services that the pod talks to (`edgeward.dev/depends-on: redis,db`).

    rtt = mean over the services of the round trip from the node to their replicas
    score = 1 / (1 + rtt / half_ms)

To one service it is the round trip to its nearest replica (`to: nearest`), or the mean over all its replicas (`to:
all`), which is what a Service without trafficDistribution makes of it. Between sites it is the believed p50; on the
node itself `same_node_ms`, less than any pair of nodes, so that node, site and the next site are told apart. A service
that is not placed yet is skipped: it will come to us, if it depends on this one. With none placed there is no opinion.

`max_rtt_ms` is a hard limit on the p95 to each service's nearest replica; as for every limit, a round trip that is not
freshly measured does not hold it, the node's own excepted.

The mean of the round trips is what a request through all of them waits for, so it is what NetworkOverhead (diktyo)
minimises, too. Only services placed earlier count; that a later one depends on this pod cannot be known here.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats, Ints, Scope
from policies.model.pod import PodClass, service_group
from policies.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Dependencies(FilterScorer):
    """Prefers nodes with a short round trip to the services that the pod depends on."""

    to: Literal["nearest", "all"] = "nearest"
    half_ms: Annotated[float, Field(gt=0)] = 5.0  # where the score is 0.5
    same_node_ms: Annotated[float, Field(ge=0)] = 0.05  # two pods of one node talk without a wire
    max_rtt_ms: Annotated[float, Field(gt=0)] | None = None

    scope: ClassVar[Scope] = Scope.CLUSTER
    aliases: ClassVar[tuple[str, ...]] = ("depends-on",)

    def concerns(self, pod: PodClass) -> bool:
        return bool(pod.depends_on)

    def key(self, pod: PodClass) -> Hashable:
        return _services(pod)

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        if self.max_rtt_ms is None or not pod.depends_on:
            return None
        allowed = np.ones(len(nodes), dtype=np.bool_)
        holds = nodes.latency.known & (nodes.latency.p95_ms <= self.max_rtt_ms)
        for group in _services(pod):
            sites, _, here = _where(nodes, group)
            if len(sites):
                near: Bools = holds[:, sites].sum(axis=1) > 0
                allowed &= near[nodes.site] | (here > 0)
        return allowed

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        trips = [trip for group in _services(pod) if (trip := self._rtt_ms(nodes, group)) is not None]
        if not trips:
            return None
        score: Floats = 1 / (1 + sum(trips, np.zeros(len(nodes))) / len(trips) / self.half_ms)
        return score

    def _rtt_ms(self, nodes: Snapshot, group: str) -> Floats | None:
        """By node, to one service; None when it runs nowhere."""
        sites, replicas, here = _where(nodes, group)
        if not len(sites):
            return None
        p50_ms = nodes.latency.p50_ms
        if self.to == "nearest":
            by_site: Floats = p50_ms[:, sites].min(axis=1)
            nearest = by_site[nodes.site]
            return np.where(here > 0, np.minimum(nearest, self.same_node_ms), nearest)
        total = (p50_ms[:, sites] @ replicas)[nodes.site]
        nearer = np.minimum(0, self.same_node_ms - p50_ms.diagonal()[nodes.site])  # for each replica on the node itself
        mean: Floats = (total + here * nearer) / replicas.sum()
        return np.maximum(mean, 0)

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        latency, limit_ms = nodes.latency, self.max_rtt_ms or np.inf
        places = [_where(nodes, group) for group in _services(pod)]

        def say(at: int, *runs_here: bool) -> str:
            for service, (sites, _, _), here in zip(pod.depends_on, places, runs_here, strict=True):
                if not len(sites) or here:
                    continue
                known, p95_ms = latency.known[at, sites], latency.p95_ms[at, sites]
                if (known & (p95_ms <= limit_ms)).any():
                    continue
                if not known.any():
                    return f"round trip to {service} unknown (perhaps {p95_ms.min():.3g} ms), limit {limit_ms:g} ms"
                return f"rtt p95 {p95_ms[known].min():.3g} ms > {limit_ms:g} ms to {service}"
            return "within the limit"

        return worded(say, nodes.site, *(here > 0 for _, _, here in places))

    def hopeless(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return np.ones(len(nodes), dtype=np.bool_)  # with fewer replicas the nearest is no nearer

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        words = []
        for service, group in zip(pod.depends_on, _services(pod), strict=True):
            rtt_ms = self._rtt_ms(nodes, group)
            words.append(f"{service} not placed yet" if rtt_ms is None else f"{service} {rtt_ms[0]:.3g} ms")
        return ", ".join(words) or "depends on nothing"


def _where(nodes: Snapshot, group: str) -> tuple[npt.NDArray[np.intp], Floats, Ints]:
    """Numbers of the sites with replicas, how many each has, and how many each node given has."""
    whole = nodes.whole
    count = whole.count(group)
    at = np.flatnonzero(count)
    by_site = np.bincount(whole.site[at], weights=count[at], minlength=len(nodes.sites)).astype(np.float64)
    sites = np.flatnonzero(by_site)
    return sites, by_site[sites], count[nodes.slots]


def _services(pod: PodClass) -> tuple[str, ...]:
    """The groups of the services that it depends on, in its order."""
    return tuple(service_group(pod.namespace, service) for service in pod.depends_on)


POLICY: type[FilterScorer] = Dependencies
