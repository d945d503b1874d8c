"""That what is believed of round trips follows their age, and the mirror is not told more often than needed."""

from __future__ import annotations

from policies.model.cluster import Cluster
from policies.model.latency import FRESH_S, HALF_LIFE_S
from scheduler.latency.merged import Merged
from scheduler.round_trips import RoundTrips
from tests.builders import make_sites
from tests.scheduler.latency.told import told

MEASURED_S = 10_000.0


class Told(Cluster):
    """Counts how often it is told of latency."""

    times = 0

    def set_latency(self, *args: object, **kwargs: object) -> None:
        self.times += 1
        super().set_latency(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they come


class At:
    """A mirror's cluster, and the one measurement that it believes, at a time that the test sets."""

    def __init__(self) -> None:
        self.now_s = MEASURED_S
        self.cluster = Told(make_sites("a", "b"))
        merged = Merged(clock=self.clock)
        merged.publish([told(p95_ms=12, at_s=MEASURED_S)])
        self.round_trips = RoundTrips(
            self.cluster,
            merged,
            fresh_s=FRESH_S,
            half_life_s=HALF_LIFE_S,
            clock=self.clock,
            on_change=lambda: None,
            tell=lambda _: None,
        )
        self.round_trips.give()

    def clock(self) -> float:
        return self.now_s

    def is_known(self, age_s: float) -> bool:
        """May it pass a hard limit, that much later?"""
        self.now_s = MEASURED_S + age_s
        self.round_trips.give()
        return bool(self.cluster.freeze().latency.known[0, 1])


def test_measurement_passes_no_limit_from_the_first_look_after_it_is_stale() -> None:
    at = At()
    for age_s in (0, FRESH_S - 1, FRESH_S):
        assert at.is_known(age_s)
    assert not at.is_known(FRESH_S + 1)


def test_matrix_that_stays_is_told_again_every_fifteen_seconds() -> None:
    at = At()
    for age_s in range(121):
        at.is_known(age_s)
    assert at.cluster.times == 1 + 7  # at 16, 32, … 112 s: looked at each second, due after more than 15
