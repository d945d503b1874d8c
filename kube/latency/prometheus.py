"""Round trips out of Prometheus: those of our own prober unless other queries are given.

Three instant queries a round, joined by their two site labels: p50, p95, and when it was measured. The third is there
because the time of a sample in an answer is when the *query* was evaluated: a prober that died would look fresh for as
long as Prometheus looks back (5 minutes), and a target that died for ever. Without it (an empty query, for a metric
that has no such companion) the time of evaluation is all that there is.

Where several agents of a site measure, the queries take the mean of their medians and the worst of their tails.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from kube.latency.errors import SourceError
from kube.latency.measurement import Measurement
from kube.latency.polling import Polling
from kube.program.duration import Seconds
from kube.program.errors import QueryError
from kube.program.instant_query import InstantQuery, PrometheusSettings, Sample

SOURCE: Final = "prometheus"
_BATCH = 2_000  # measurements published at once: some 2 ms of the loop's time
_IN_MS: Final = {"s": 1000.0, "ms": 1.0}

Pair = tuple[str, str]


class LatencyQueries(BaseModel):
    """What is asked, and how the answer is read; part of the scheduler's configuration file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)
    prometheus: PrometheusSettings
    """Which Prometheus is asked."""
    name: str = Field(default=SOURCE, min_length=1)
    """Name of the source in explanations; each of several has its own."""
    every_s: Seconds = Field(default=15.0, gt=0)
    """How often to ask."""
    p50: str = 'avg by (from, to) (edgeward_rtt_seconds{quantile="0.5"})'
    """PromQL for the median; empty: it is not asked for."""
    p95: str = 'max by (from, to) (edgeward_rtt_seconds{quantile="0.95"})'
    """PromQL for the 95th percentile, which hard limits are held by."""
    measured_at: str = "max by (from, to) (edgeward_rtt_last_success_timestamp_seconds)"
    """PromQL for the time of the measurement; empty: the time at which Prometheus was asked counts."""
    from_label: str = Field(default="from", min_length=1)
    """The label with the site that measured."""
    to_label: str = Field(default="to", min_length=1)
    """The label with the site that was measured."""
    unit: Literal["s", "ms"] = "s"
    """Unit of the queries' values."""


class PrometheusSource:
    """A `LatencySource`: asks every so often, publishes what came, and keeps silent when nothing did."""

    def __init__(self, queries: LatencyQueries, prometheus: InstantQuery) -> None:
        self.skipped = 0  # samples without both labels, without a time, or that are no round trip
        self.polling = Polling(queries.name, every_s=queries.every_s)
        self._queries, self._prometheus = queries, prometheus

    @property
    def name(self) -> str:
        """The source of its measurements."""
        return self._queries.name

    async def run(self, stop: asyncio.Event, publish: Callable[[Sequence[Measurement]], None]) -> None:
        """Ask and publish until *stop*."""

        async def once() -> None:
            measurements = self._joined(*await self._ask())
            while batch := list(islice(measurements, _BATCH)):
                publish(batch)
                await asyncio.sleep(0)

        await self.polling.run(stop, once)

    async def _ask(self) -> tuple[list[Sample], list[Sample], list[Sample]]:
        queries = (self._queries.p50, self._queries.p95, self._queries.measured_at)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._series(query)) for query in queries]
        except* SourceError as several:
            raise SourceError(str(several.exceptions[0])) from several
        p50, p95, measured_at = (task.result() for task in tasks)
        return p50, p95, measured_at

    async def _series(self, query: str) -> list[Sample]:
        try:
            return await self._prometheus.ask(query) if query else []
        except QueryError as error:
            raise SourceError(str(error)) from error

    def _joined(
        self, p50: Sequence[Sample], p95: Sequence[Sample], measured_at: Sequence[Sample]
    ) -> Iterator[Measurement]:
        scale = _IN_MS[self._queries.unit]
        medians, tails = self._round_trips(p50, scale), self._round_trips(p95, scale)
        times = {pair: sample.number for pair, sample in self._by_pair(measured_at)}
        for pair in dict.fromkeys([*medians, *tails]):
            p50_ms, evaluated_s = medians.get(pair, (math.nan, 0.0))
            p95_ms, evaluated_s = tails.get(pair, (math.nan, evaluated_s))
            at_s = times.get(pair, math.nan) if self._queries.measured_at else evaluated_s
            if math.isfinite(at_s):
                yield Measurement(
                    origin=pair[0], to=pair[1], p50_ms=p50_ms, p95_ms=p95_ms, at_s=at_s, source=self._queries.name
                )
            else:
                self.skipped += 1

    def _round_trips(self, samples: Sequence[Sample], scale: float) -> dict[Pair, tuple[float, float]]:
        """Milliseconds and the time of evaluation by pair."""
        found: dict[Pair, tuple[float, float]] = {}
        for pair, sample in self._by_pair(samples):
            milliseconds = sample.number * scale
            if 0 <= milliseconds < math.inf:
                found[pair] = milliseconds, sample.value[0]
            else:
                self.skipped += 1
        return found

    def _by_pair(self, samples: Sequence[Sample]) -> Iterator[tuple[Pair, Sample]]:
        from_label, to_label = self._queries.from_label, self._queries.to_label
        for sample in samples:
            origin, to = sample.metric.get(from_label), sample.metric.get(to_label)
            if origin and to:
                yield (origin, to), sample
            else:
                self.skipped += 1
