"""What the extender tells Prometheus about itself. A registry of its own, so that two in one process do not collide.

What somebody else knows (how many nodes, how old the latency data) is asked for when Prometheus asks, through the
callables given to `show`. Labels that come from outside, such as names of policies, are bounded in number: past the
bound they count as `other`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder

MOST_NAMES: Final = 100
OTHER: Final = "other"
# half a millisecond to the default httpTimeout of 5 s
BUCKETS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Counters to be counted up by whoever acts, and gauges that ask."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self._names: dict[str, set[str]] = {}
        self.duration = Histogram(
            "edgeward_request_duration_seconds",
            "Time from a request's headers to its answer.",
            ["verb"],
            buckets=BUCKETS_S,
            registry=registry,
        )
        self.decisions = self._counter("edgeward_decisions", "Answers by what they said.", "verb", "outcome")
        self.deadline_misses = self._counter(
            "edgeward_deadline_misses", "Requests answered without a decision, because it came too late.", "verb"
        )
        self.bad_bodies = self._counter("edgeward_bad_bodies", "Requests that could not be read.", "verb")
        self.errors = self._counter("edgeward_errors", "Requests on which the extender itself failed.", "verb")
        self._refused = self._counter(
            "edgeward_refused_nodes", "Nodes refused, by the policy that refused them.", "policy"
        )
        self._profiles = self._counter(
            "edgeward_profile_reloads", "Profiles read again after a change; a bad one keeps its last good version.",
            "result",
        )  # fmt: skip
        self._watch_problems = self._counter(
            "edgeward_watch_problems", "Times that watching a kind of object was interrupted or refused.", "watch"
        )
        self._tls_reloads = self._counter("edgeward_tls_reloads", "Certificates read again after a change.", "result")
        self.nudges = self._counter("edgeward_nudges", "Pending pods touched so that kube-scheduler tries them again.")
        self._synced = self._gauge(
            "edgeward_watch_synced", "1 once a kind of object was listed and is being watched.", "watch"
        )
        self._told = self._gauge(
            "edgeward_watch_told_timestamp_seconds", "When the API server last told something of a kind.", "watch"
        )
        for result in ("good", "bad"):  # there from the beginning, so that a rate() sees the first bad one
            self._profiles.labels(result)
            self._tls_reloads.labels(result)

    def refused(self, policy: str, nodes: int) -> None:
        """That policy refused so many nodes in one decision."""
        self._refused.labels(self._bounded("policy", policy)).inc(nodes)

    def profile_reloaded(self, *, good: bool) -> None:
        """A profile was read again."""
        self._profiles.labels(_result(good=good)).inc()

    def tls_reloaded(self, *, good: bool) -> None:
        """Certificates were read again."""
        self._tls_reloads.labels(_result(good=good)).inc()

    def watch_problem(self, watch: str) -> None:
        """Watching that kind of object was interrupted or refused."""
        self._watch_problems.labels(self._bounded("watch", watch)).inc()

    def show_watch(self, watch: str, *, synced: Callable[[], bool], told_at_s: Callable[[], float]) -> None:
        """Tell of that watch whether it is synced, and when the API server last told something."""
        name = self._bounded("watch", watch)
        self._watch_problems.labels(name)
        self._synced.labels(name).set_function(lambda: float(synced()))
        self._told.labels(name).set_function(told_at_s)

    def show(
        self,
        *,
        nodes: Callable[[], float],
        pods: Callable[[], float],
        pending: Callable[[], float],
        promises: Callable[[], float],
        unreadable: Callable[[], float],
        latency_age_s: Callable[[], float],
        latency_pairs: Callable[[], float],
        ready: Callable[[], bool],
    ) -> None:
        """Ask these whenever Prometheus asks. Ages are in seconds, NaN when nothing was measured."""
        for name, text, ask in (
            ("edgeward_snapshot_nodes", "Nodes in the mirror.", nodes),
            ("edgeward_snapshot_pods", "Pods bound to them.", pods),
            ("edgeward_pending_pods", "Pods not bound yet.", pending),
            ("edgeward_ledger_promises", "Places promised that the watch does not tell of yet.", promises),
            ("edgeward_unreadable_objects", "Nodes not used, and pods seen that were charged for less.", unreadable),
            ("edgeward_latency_age_seconds", "Age of the oldest round trip still in use.", latency_age_s),
            ("edgeward_latency_pairs", "Pairs of sites whose round trip is known.", latency_pairs),
            ("edgeward_ready", "1 while /readyz says so.", lambda: float(ready())),
        ):
            self._gauge(name, text).set_function(ask)

    def text(self, accept: str = "") -> tuple[bytes, str]:
        """All of it in the format that the scraper accepts, and that format's content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _bounded(self, label: str, name: str) -> str:
        known = self._names.setdefault(label, set())
        if name not in known and len(known) >= MOST_NAMES:
            return OTHER
        known.add(name)
        return name

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)


def _result(*, good: bool) -> str:
    return "good" if good else "bad"
