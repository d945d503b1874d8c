"""What the autoscaler tells Prometheus about itself. A registry of its own, so that two in one process do not collide.

Nothing is labelled by workload: ten thousand of them would be ten thousand series; what one workload does is in its
status and its Events.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from autoscaler.planner.decision import Rung, StepKind

BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0)
OUTCOMES: Final = ("Done", "Unchanged", "ChangedByOthers", "Refused", "Unanswered", "DryRun")


class Metrics:
    """Counters to be counted up by whoever acts, and gauges that ask."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self.decisions = Counter(
            "edgeward_autoscaler_decisions", "Decisions, by whether they hold or which step they make.", ["step"],
            registry=registry,
        )  # fmt: skip
        self.steps = Counter(
            "edgeward_autoscaler_steps", "Steps, by what came of them.", ["step", "outcome"], registry=registry
        )
        self.failures = Counter(
            "edgeward_autoscaler_failures", "Times that we failed on an EdgeAutoscaler ourselves.", registry=registry
        )
        self.status_failures = Counter(
            "edgeward_autoscaler_status_failures", "Statuses that could not be written.", registry=registry
        )
        self.pass_s = Histogram(
            "edgeward_autoscaler_pass_duration_seconds", "Time of a pass over all EdgeAutoscalers.",
            buckets=BUCKETS_S, registry=registry,
        )  # fmt: skip
        self._rungs = self._gauge("edgeward_autoscaler_objects", "EdgeAutoscalers by the rung they are on.", "rung")
        self._synced = self._gauge(
            "edgeward_watch_synced", "1 once a kind of object was listed and is being watched.", "watch"
        )
        self._told = self._gauge(
            "edgeward_watch_told_timestamp_seconds", "When the API server last told something of a kind.", "watch"
        )
        self._watch_problems = Counter(
            "edgeward_watch_problems", "Times that watching a kind of object was interrupted or refused.", ["watch"],
            registry=registry,
        )  # fmt: skip
        for step in ("Hold", *get_args(StepKind)):  # there from the beginning, so that a rate() sees the first
            self.decisions.labels(step)
        for step in get_args(StepKind):
            for outcome in OUTCOMES:
                self.steps.labels(step, outcome)

    def watch_problem(self, watch: str) -> None:
        """Watching that kind of object was interrupted or refused."""
        self._watch_problems.labels(watch).inc()

    def show_watch(self, watch: str, *, synced: Callable[[], bool], told_at_s: Callable[[], float]) -> None:
        """Tell of that watch whether it is synced, and when the API server last told something."""
        self._watch_problems.labels(watch)
        self._synced.labels(watch).set_function(lambda: float(synced()))
        self._told.labels(watch).set_function(told_at_s)

    def show_rungs(self, rungs: Callable[[], Mapping[str, int]]) -> None:
        """Tell how many are on each rung."""
        for rung in get_args(Rung):
            self._rungs.labels(rung).set_function(partial(_number, rungs, rung))

    def show_reads(self, reads: Callable[[], Mapping[tuple[str, str], int]]) -> None:
        """Tell how often metrics APIs were asked, and how that ended."""
        self.registry.register(_Reads(reads))

    def show(
        self,
        *,
        autoscalers: Callable[[], float],
        pods: Callable[[], float],
        foreign: Callable[[], float],
        metric_age_s: Callable[[], float],
        leader: Callable[[], bool],
        ready: Callable[[], bool],
    ) -> None:
        """Ask these whenever Prometheus asks. Ages are in seconds, NaN when nothing was measured."""
        for name, text, ask in (
            ("edgeward_autoscaler_known", "EdgeAutoscalers that there are.", autoscalers),
            ("edgeward_autoscaler_pods", "Pods that are watched.", pods),
            ("edgeward_autoscaler_foreign_pods", "Pods with a workload's labels and another owner.", foreign),
            ("edgeward_autoscaler_metric_age_seconds", "Age of the oldest metric of the last pass.", metric_age_s),
            ("edgeward_autoscaler_leader", "1 while this replica acts.", lambda: float(leader())),
            ("edgeward_ready", "1 while /readyz says so.", lambda: float(ready())),
        ):
            self._gauge(name, text).set_function(ask)

    def text(self, accept: str = "") -> tuple[bytes, str]:
        """All of it in the format that the scraper accepts, and that format's content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)


def _number(rungs: Callable[[], Mapping[str, int]], rung: str) -> float:
    return float(rungs().get(rung, 0))


class _Reads(Collector):
    """A counter that somebody else counts."""

    def __init__(self, reads: Callable[[], Mapping[tuple[str, str], int]]) -> None:
        self._reads = reads

    def collect(self) -> Iterable[Metric]:
        yield from self._families()

    def _families(self) -> Iterator[Metric]:
        family = CounterMetricFamily(
            "edgeward_autoscaler_api_reads", "Reads of metrics, by API and by how they ended.", labels=["api", "end"]
        )
        for (api, end), count in sorted(Counts(self._reads()).items()):
            family.add_metric([api, end], count)
        yield family
