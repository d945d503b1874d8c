"""What the prober shows to Prometheus.

    edgeward_rtt_seconds{from, to, quantile="0.5" | "0.95"}       exact over the window; only while it holds a success
    edgeward_rtt_last_success_timestamp_seconds{from, to}         tells the age of the above: ask for it, too
    edgeward_probe_loss_ratio{from, to}                           of all probes in the window
    edgeward_probes_total{from, to, result}                       ok, lost, refused, error, left out
    edgeward_prober_targets, edgeward_prober_problem{of}          how many are probed; what is wrong with the lists

Gauges of exact quantiles and not a histogram, because a limit of 20 ms wants to know 19 from 21, and buckets that fine
would be hundreds of series for each pair of sites.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from scheduler.latency.prober.rounds import Rounds

_PAIR = ("from", "to")


class Exposition(Collector):
    """Reads the windows when Prometheus asks."""

    def __init__(self, rounds: Rounds, *, site: str, now: Callable[[], float], clock: Callable[[], float]) -> None:
        self._rounds, self._site, self._now, self._clock = rounds, site, now, clock
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """The page, in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Everything as of now."""
        trips = GaugeMetricFamily(
            "edgeward_rtt_seconds",
            "TCP round trip between sites, exact over the window; a lost probe counts as the timeout.",
            labels=(*_PAIR, "quantile"),
        )
        last = GaugeMetricFamily(
            "edgeward_rtt_last_success_timestamp_seconds", "When a probe succeeded last.", labels=_PAIR
        )
        loss = GaugeMetricFamily("edgeward_probe_loss_ratio", "Share of probes that failed.", labels=_PAIR)
        now_s = self._now()
        for to, window in sorted(self._rounds.windows.items()):
            summary = window.summary(now_s)
            if summary.is_measured:
                trips.add_metric((self._site, to, "0.5"), summary.p50_s)
                trips.add_metric((self._site, to, "0.95"), summary.p95_s)
            if not math.isnan(summary.last_success_s):
                # windows are on the loop's clock, which never jumps
                last.add_metric((self._site, to), round(self._clock() - (now_s - summary.last_success_s), 3))
            if summary.probes:
                loss.add_metric((self._site, to), summary.loss)
        probes = CounterMetricFamily("edgeward_probes", "Probes by how they ended.", labels=(*_PAIR, "result"))
        for (to, result), count in sorted(self._rounds.counts.items()):
            probes.add_metric((self._site, to, result), count)
        problem = GaugeMetricFamily("edgeward_prober_problem", "1 for a list of targets with one.", labels=("of",))
        for what in sorted(self._rounds.problems):
            problem.add_metric((what,), 1)
        targets = GaugeMetricFamily("edgeward_prober_targets", "Addresses that are probed.", value=self._rounds.targets)
        yield from (trips, last, loss, probes, problem, targets)
