"""Where the users are now: requests per second by site, out of Prometheus.

Shares of the whole to two decimals, and told only when one of them moved by `least_change`: every other demand is
another class of pods to score, and whether 31 or 32 of 100 requests come from one site decides nothing. When Prometheus
says nothing for `keep_s`, an empty demand is told, which leaves pods with the weights that they themselves name.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from kube.latency.errors import SourceError
from kube.latency.polling import Polling
from kube.program.duration import Seconds
from kube.program.errors import QueryError
from kube.program.instant_query import InstantQuery, PrometheusSettings, Sample


class DemandQuery(BaseModel):
    """What is asked: a query that gives requests per second by site; part of the scheduler's configuration file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)
    prometheus: PrometheusSettings
    """Which Prometheus is asked."""
    query: str = Field(min_length=1, examples=["sum by (site) (rate(http_requests_total[5m]))"])
    """PromQL for the requests per second of each site."""
    site_label: str = Field(default="site", min_length=1)
    """The label with the site."""
    every_s: Seconds = Field(default=60.0, gt=0)
    """How often to ask."""
    least_change: float = Field(default=0.05, ge=0.01, le=1)
    """Smallest change of a site's share that counts as one, as a part of the whole."""
    keep_s: Seconds = Field(default=1800.0, gt=0)
    """How long the last answer counts while Prometheus gives none."""


class DemandSource:
    """Tells the share of each site, when it changes."""

    def __init__(self, query: DemandQuery, prometheus: InstantQuery) -> None:
        self.polling = Polling("demand", every_s=query.every_s)
        self.skipped = 0  # samples without the label, or that are no rate
        self._query, self._prometheus = query, prometheus
        self._told: Mapping[str, float] = {}

    async def run(self, stop: asyncio.Event, publish: Callable[[Mapping[str, float]], None]) -> None:
        """Ask until *stop*, and publish the shares whenever they are others than those told last."""
        loop = asyncio.get_running_loop()
        answered_s = loop.time()

        async def once() -> None:
            nonlocal answered_s
            try:
                now = shares(self._rates(await self._prometheus.ask(self._query.query)))
                answered_s = loop.time()
            except QueryError as error:
                if loop.time() - answered_s >= self._query.keep_s:
                    self._tell({}, publish)
                raise SourceError(str(error)) from error
            if self._is_news(now):
                self._tell(now, publish)

        await self.polling.run(stop, once)

    def _tell(self, now: Mapping[str, float], publish: Callable[[Mapping[str, float]], None]) -> None:
        if now != self._told:
            self._told = now
            publish(now)

    def _is_news(self, now: Mapping[str, float]) -> bool:
        """Whether a share moved enough, or the first came or the last went."""
        if not (now and self._told):
            return now != self._told
        moved = (abs(now.get(site, 0.0) - self._told.get(site, 0.0)) for site in now.keys() | self._told.keys())
        return max(moved) >= self._query.least_change - 1e-9  # 0.35 - 0.30 is a little less than 0.05

    def _rates(self, samples: Sequence[Sample]) -> dict[str, float]:
        rates: dict[str, float] = {}
        for sample in samples:
            site, rate = sample.metric.get(self._query.site_label, ""), sample.number
            if site and 0 <= rate < math.inf:
                rates[site] = rates.get(site, 0.0) + rate
            else:
                self.skipped += 1
        return rates


def shares(rates: Mapping[str, float]) -> dict[str, float]:
    """Each site's share of the whole to two decimals, in order of name, without those that round to nothing."""
    total = sum(rates.values())
    if not 0 < total < math.inf:
        return {}
    rounded = ((site, round(rates[site] / total, 2)) for site in sorted(rates))
    return {site: share for site, share in rounded if share > 0}
