"""Prometheus itself: the answer of an instant query, series summed as those of an external metric are.

The time of a sample is when the query was evaluated, not when its target was scraped, so a target that died looks
fresh for as long as Prometheus looks back (5 minutes); that its number is frozen can still be seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from autoscaler.planner.observation import Total
from autoscaler.sources.amounts import of_numbers
from autoscaler.sources.errors import NoMetric
from autoscaler.sources.question import Question
from autoscaler.sources.want import Want
from kube.program.errors import QueryError
from kube.program.instant_query import InstantQuery

API = "Prometheus"


class PrometheusMetrics:
    """The source of Prometheus metrics; without a server it says so."""

    def __init__(self, prometheus: InstantQuery | None, reads: Counter[tuple[str, str]]) -> None:
        self._prometheus, self._reads = prometheus, reads

    def questions(self, wants: Iterable[Want]) -> Iterator[Question]:
        """One a query; equal wants have become one before."""
        for want in wants:
            yield Question((want,), partial(self._sum, want.name))

    async def _sum(self, query: str) -> Total:
        if self._prometheus is None:
            raise NoMetric("no Prometheus is configured")
        end = "late"
        try:
            series = await self._prometheus.ask(query)
            end = "answered"
        except QueryError as error:
            end = "refused"
            raise NoMetric(f"unable to fetch metrics from {API}: {error}") from error
        finally:
            self._reads[API, end] += 1
        if not series:
            raise NoMetric(f"no metrics returned from {API}")
        return Total(milli=of_numbers(each.value[1] for each in series), timestamp_s=min(s.value[0] for s in series))
