from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kube.latency.measurement import STANDING, Measurement
from kube.latency.merged import KEEP_S, RESTAMP_S, REVIEW_S, Merged
from policies.model.latency import CLOCK_SKEW_S, FRESH_S
from tests.builders import make_sites
from tests.kube.latency.told import told


class Clock:
    def __init__(self, now_s: float = 10_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def entry(merged: Merged, origin: str = "a", to: str = "b") -> tuple[float, float, str]:
    """p50, p95 and source of one entry of the matrix."""
    matrix = merged.matrix()
    row, column = matrix.sites.index(origin), matrix.sites.index(to)
    return matrix.p50_ms[row, column], matrix.p95_ms[row, column], matrix.sources[matrix.source[row, column]]


NOW = 10_000.0
STALE = NOW - FRESH_S - 1

BEST = [
    ([told(p50_ms=1, at_s=NOW - 9), told(p50_ms=2, at_s=NOW - 8, source="z")], 2, "z"),
    ([told(p50_ms=1, at_s=NOW), told(p50_ms=2, at_s=NOW - 8, source="a")], 1, "probe"),
    ([told(p50_ms=1, at_s=NOW), told(p50_ms=2, at_s=NOW, source="a")], 2, "a"),
    ([told(p50_ms=1, at_s=NOW - 250), told(p50_ms=2, at_s=STANDING, source="a")], 1, "probe"),
    ([told(p50_ms=1, at_s=STALE), told(p50_ms=2, at_s=STANDING, source="a")], 2, "a"),
    ([told(p50_ms=1, at_s=STALE), told(p50_ms=2, at_s=STALE - 1, source="a")], 1, "probe"),
    ([told(p50_ms=1, p95_ms=3, at_s=NOW - 90), told(p50_ms=2, at_s=NOW, source="a")], 1, "probe"),
    ([told("b", "a", p50_ms=1, at_s=NOW), told(p50_ms=2, at_s=NOW - 90, source="a")], 2, "a"),
    ([told("b", "a", p50_ms=1, at_s=NOW), told(p50_ms=2, at_s=STALE, source="a")], 1, "probe, reversed"),
    ([told("b", "a", p50_ms=1, at_s=NOW)], 1, "probe, reversed"),
]


@pytest.mark.parametrize(
    ("measurements", "p50_ms", "source"),
    BEST,
    ids=[
        "the newer of two",
        "the newer of two, told first",
        "as new: the first by name",
        "fresh before standing",
        "standing before stale",
        "two stale: the newer",
        "a known tail before a newer one without",
        "its own direction before a newer one the other way",
        "the other way fresh before its own stale",
        "only the other way",
    ],
)
def test_the_best_source_is_believed(measurements: Sequence[Measurement], p50_ms: float, source: str) -> None:
    for order in (measurements, measurements[::-1]):
        merged = Merged(clock=Clock())
        merged.publish(order)
        assert entry(merged)[0] == p50_ms
        assert entry(merged)[2] == source


def test_what_is_older_than_before_is_no_news() -> None:
    merged = Merged(clock=Clock())
    merged.publish([told(p50_ms=1, at_s=NOW - 1)])
    before = merged.matrix()
    merged.publish([told(p50_ms=2, at_s=NOW - 2), told(p50_ms=1, at_s=NOW - 1)])
    assert merged.matrix() is before


def test_a_matrix_is_made_only_when_something_changed() -> None:
    clock = Clock()
    merged = Merged(clock=clock)
    merged.publish([told(at_s=NOW)])
    before = merged.matrix()
    clock.now_s += FRESH_S + REVIEW_S  # stale now, but there is nothing better
    assert merged.matrix() is before
    merged.publish([told(at_s=clock.now_s)])
    assert merged.matrix() is not before


def test_a_standing_entry_holds_again_when_what_was_measured_goes_stale() -> None:
    clock = Clock()
    merged = Merged(clock=clock)
    merged.publish([told(p50_ms=1, at_s=NOW), told(p50_ms=2, at_s=STANDING, source="configmap")])
    assert entry(merged)[2] == "probe"
    clock.now_s += FRESH_S + REVIEW_S
    assert entry(merged)[2] == "configmap"


def test_a_standing_entry_is_always_known_to_the_model_and_no_new_matrix_within_a_minute() -> None:
    clock = Clock()
    merged = Merged(clock=clock)
    merged.publish([told(p95_ms=12, at_s=STANDING)])
    before = merged.matrix()
    clock.now_s += RESTAMP_S - 1
    assert merged.matrix() is before
    clock.now_s += 100 * FRESH_S
    latency = merged.matrix().at(make_sites("a", "b"), now_s=clock.now_s)
    assert latency.known.all()
    assert latency.age_s[0, 1] == 0.0


def test_a_standing_entry_is_known_however_short_measurements_are_fresh() -> None:
    clock = Clock()
    merged = Merged(clock=clock, fresh_s=3)
    merged.publish([told(p95_ms=12, at_s=STANDING)])
    for _ in range(10):
        assert merged.matrix().at(make_sites("a", "b"), now_s=clock.now_s, fresh_s=3).known.all()
        clock.now_s += 1


def test_what_is_too_old_is_dropped_with_its_site() -> None:
    clock = Clock()
    merged = Merged(clock=clock)
    merged.publish([told(at_s=NOW), told("b", "c", at_s=NOW + 20)])
    assert merged.matrix().sites == ("a", "b", "c")
    clock.now_s = NOW + KEEP_S + 10
    assert merged.matrix().sites == ("b", "c")
    clock.now_s += 20
    assert merged.matrix().sites == ()
    assert merged.ages() == {}


def test_replacing_a_source_takes_back_what_it_tells_no_more_and_touches_no_other() -> None:
    merged = Merged(clock=Clock())
    merged.publish([told(p50_ms=1, at_s=STALE), told("a", "c", at_s=STANDING, source="configmap")])
    merged.replace("configmap", [told(p50_ms=2, at_s=STANDING, source="configmap")])
    assert merged.matrix().sites == ("a", "b")
    assert entry(merged)[2] == "configmap"
    merged.replace("configmap", [])
    assert entry(merged)[2] == "probe"


def test_what_cannot_be_taken_is_counted() -> None:
    merged = Merged(clock=Clock(), max_sites=2)
    merged.publish(
        [told(at_s=NOW), told(at_s=NOW + CLOCK_SKEW_S + 1), told(at_s=NOW - KEEP_S - 1), told("a", "c", at_s=NOW)]
    )
    assert merged.refused == {"from the future": 1, "too old": 1, "no room": 1}
    assert merged.matrix().sites == ("a", "b")


def test_a_clock_a_little_ahead_is_taken_as_now() -> None:
    merged = Merged(clock=Clock())
    merged.publish([told(at_s=NOW + CLOCK_SKEW_S)])
    assert merged.matrix().measured_at_s[0, 1] == NOW


def test_a_site_that_is_gone_makes_room_for_another() -> None:
    clock = Clock()
    merged = Merged(clock=clock, max_sites=3)
    merged.publish([told(at_s=NOW), told("c", "b", 7.0, at_s=NOW + 20)])
    clock.now_s += KEEP_S + 10
    merged.matrix()  # a is dropped here
    merged.publish([told("d", "c", at_s=clock.now_s)])
    assert merged.matrix().sites == ("b", "c", "d")
    assert entry(merged, "c", "b")[0] == 7.0
    assert not merged.refused


def test_too_many_sources_are_refused() -> None:
    merged = Merged(clock=Clock())
    merged.publish([told(at_s=NOW, source=f"source {i}") for i in range(20)])
    assert merged.refused == {"no room": 4}


def test_ages_are_by_source() -> None:
    merged = Merged(clock=Clock())
    merged.publish([told("a", to, at_s=NOW - age_s) for to, age_s in (("b", 10), ("c", 20), ("d", 60))])
    merged.publish([told("a", "b", at_s=STANDING, source="configmap")])
    ages = merged.ages()
    assert list(ages) == ["configmap", "probe"]
    assert (ages["configmap"].standing, ages["configmap"].dated) == (1, 0)
    assert math.isnan(ages["configmap"].oldest_s)
    probe = ages["probe"]
    assert (probe.standing, probe.dated, probe.newest_s, probe.median_s, probe.oldest_s) == (0, 3, 10.0, 20.0, 60.0)


SITES = [f"s{i}" for i in range(12)]
MEASUREMENTS = st.builds(
    told,
    st.sampled_from(SITES),
    st.sampled_from(SITES),
    st.floats(0, 500),
    st.one_of(st.just(math.nan), st.floats(0, 500)),
    at_s=st.one_of(st.just(STANDING), st.floats(NOW - 2 * KEEP_S, NOW + CLOCK_SKEW_S)),
    source=st.sampled_from(["configmap", "probe", "prometheus"]),
)


def slowly(measurements: Sequence[Measurement], origin: str, to: str) -> Measurement | None:
    """The documented order, one pair at a time."""
    newest: dict[tuple[str, str, str], Measurement] = {}
    for each in measurements:
        key = (each.origin, each.to, each.source)
        if each.at_s >= NOW - KEEP_S and each.at_s >= (newest[key].at_s if key in newest else -math.inf):
            newest[key] = each
    candidates = [each for key, each in newest.items() if key[:2] in {(origin, to), (to, origin)}]

    def order(each: Measurement) -> tuple[float, ...]:
        kind = 1 if each.at_s == STANDING else 2 if NOW - each.at_s <= FRESH_S else 0
        return kind, not math.isnan(each.p95_ms), each.origin == origin, each.at_s

    by_name = sorted(candidates, key=lambda each: each.source)
    return max(by_name, key=order, default=None)  # the first of several greatest


@given(st.lists(MEASUREMENTS, max_size=40), st.integers(1, 5))
def test_choosing_in_columns_is_choosing_pair_by_pair(measurements: list[Measurement], batches: int) -> None:
    clock = Clock()
    merged = Merged(clock=clock)
    for start in range(batches):
        merged.publish(measurements[start * 40 // batches : (start + 1) * 40 // batches])
        merged.matrix()
    matrix = merged.matrix()
    for origin in SITES:
        for to in SITES:
            best = slowly(measurements, origin, to)
            if best is None:
                told_of = origin in matrix.sites and to in matrix.sites
                assert not told_of or np.isnan(matrix.measured_at_s[matrix.sites.index(origin), matrix.sites.index(to)])
            else:
                p50_ms, p95_ms, source = entry(merged, origin, to)
                assert (p50_ms, source.partition(",")[0]) == (best.p50_ms, best.source)
                assert p95_ms == best.p95_ms or (math.isnan(p95_ms) and math.isnan(best.p95_ms))
                assert (", reversed" in source) == (best.origin != origin)


@given(st.lists(MEASUREMENTS, max_size=40), st.floats(0, 2 * KEEP_S))
def test_what_the_model_believes_never_fails_whatever_was_told(measurements: list[Measurement], later_s: float) -> None:
    clock = Clock()
    merged = Merged(clock=clock)
    merged.publish(measurements)
    merged.matrix()
    clock.now_s += later_s
    latency = merged.matrix().at(make_sites(*SITES), now_s=clock.now_s)
    assert np.isfinite(latency.p50_ms).all()
    assert (latency.p95_ms >= latency.p50_ms).all()
