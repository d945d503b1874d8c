"""Near the users: measured round trip from the pod's demand to each site; a latency class is a hard filter.

* mode `mean`: Σ weight · p50 over the demand's sites;
* mode `tail`: the p95 round trip that `quantile` of the demand stays within, for services judged by their slowest
  users.

score = 1 / (1 + rtt / half_ms): 1 at the origin, 0.5 at `half_ms`. Not linear, since 2 ms against 12 ms matters and
202 ms against 212 ms does not, and there is no longest distance to normalise by that would not move when a far site
joins.

A limit (`edgeward.dev/max-rtt-ms` or `latency-class`) is held by p95 from **every** site of the demand. Only a fresh
measurement can hold it: an entry that is stale or was never measured is a guess, and so is a pod without an origin.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats, Scope
from policies.model.pod import LATENCY_CLASSES_MS, PodClass
from policies.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Latency(FilterScorer):
    """Prefers sites with a short round trip to the pod's users; its latency limit is a hard filter on p95."""

    mode: Literal["mean", "tail"] = "mean"
    quantile: Annotated[float, Field(gt=0, le=1)] = 0.95  # of the demand, mode tail
    half_ms: Annotated[float, Field(gt=0)] = 20.0

    scope: ClassVar[Scope] = Scope.STATIC

    def concerns(self, pod: PodClass) -> bool:
        return pod.demand is not None or pod.rtt_limit_ms is not None

    def key(self, pod: PodClass) -> Hashable:
        return pod.demand, pod.rtt_limit_ms

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        limit = pod.rtt_limit_ms
        if limit is None:
            return None
        latency = nodes.latency
        origins = pod.demand.columns(nodes.sites)[0] if pod.demand else np.empty(0, dtype=np.intp)
        if pod.demand is None or len(origins) < sum(weight > 0 for _, weight in pod.demand.weights):
            return np.zeros(len(nodes), dtype=np.bool_)
        holds: Bools = np.logical_and.reduce(latency.known[origins] & (latency.p95_ms[origins] <= limit), axis=0)
        return holds[nodes.site]

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        rtt_ms = self._rtt_ms(nodes, pod)
        if rtt_ms is None:
            return None
        score: Floats = (1 / (1 + rtt_ms / self.half_ms))[nodes.site]
        return score

    def _rtt_ms(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        """By site."""
        if pod.demand is None:
            return None
        origins, weights = pod.demand.columns(nodes.sites)
        if not len(origins):
            return None
        if self.mode == "mean":
            mean: Floats = weights @ nodes.latency.p50_ms[origins]
            return mean
        p95 = nodes.latency.p95_ms[origins]
        by_rtt = p95.argsort(axis=0, kind="stable")
        served = weights[by_rtt].cumsum(axis=0)
        # the first origin, nearest first, with which the quantile is reached; rounding must not push it past the last
        first = np.minimum((served < self.quantile - 1e-9).sum(axis=0), len(origins) - 1)
        columns = np.arange(p95.shape[1])
        tail: Floats = p95[by_rtt[first, columns], columns]
        return tail

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        return worded(lambda site: _over(nodes, pod, site), nodes.site)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        rtt_ms = self._rtt_ms(nodes, pod)
        if rtt_ms is None or pod.demand is None:
            return "no origin"
        which = "rtt p50, mean" if self.mode == "mean" else f"rtt p95 of {self.quantile:.0%} of the demand,"
        return f"{which} {rtt_ms[nodes.site[0]]:.3g} ms from {pod.demand.names}"


def _over(nodes: Snapshot, pod: PodClass, to: int) -> str:
    """Why nodes of the site *to* do not hold the limit, with the age and the source of the number that decided."""
    limit = pod.rtt_limit_ms or 0.0
    named = f" ({pod.latency_class})" if LATENCY_CLASSES_MS.get(pod.latency_class) == limit else ""
    if pod.demand is None:
        return f"latency limit {limit:g} ms{named}, but the pod has no origin to measure from"
    latency = nodes.latency
    worst, words = -1.0, ""
    for name, weight in pod.demand.weights:
        if weight <= 0:
            continue
        if name not in nodes.sites:
            return f"latency limit {limit:g} ms{named}, but its origin {name!r} is no known site"
        origin = nodes.sites.number(name)
        p95, age = float(latency.p95_ms[origin, to]), float(latency.age_s[origin, to])
        if not latency.known[origin, to]:
            measured = f"measured {age:.0f} s ago, too old" if np.isfinite(age) else "never measured"
            return f"latency from {name} unknown ({measured}; perhaps {p95:.3g} ms), limit {limit:g} ms{named}"
        if p95 > max(worst, limit):
            worst, source = p95, latency.source_of(origin, to)
            number = f"{p95:.3g}" if float(f"{p95:.3g}") > limit else f"{p95:.7g}"  # never `1 ms > 1 ms`
            words = f"{'latency' if named else 'rtt p95'} {number} ms > {limit:g} ms{named} from {name}"
            words += f", {source} {age:.0f} s ago"
    return words


POLICY: type[FilterScorer] = Latency
