from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import ModelError
from policies.model.latency import FRESH_S, HALF_LIFE_S, TAIL_FACTOR, LatencyMatrix, prior_ms, unmeasured
from policies.model.site import Site, Sites, Tier
from tests.builders import make_latency, make_sites

AB = make_sites("a", "b")
PRIOR_MS = 40.0  # two edge sites of which nothing is known


def one_way(p50_ms: float, *, at_s: float = 0.0) -> LatencyMatrix:
    return make_latency(("a", "b"), {("a", "b"): p50_ms}, at_s=at_s)


@pytest.mark.parametrize(
    ("age_s", "believed_ms"),
    [
        (0.0, 10.0),
        (FRESH_S, 10.0),
        (FRESH_S + HALF_LIFE_S, 25.0),  # 0.5 · 10 + 0.5 · 40
        (FRESH_S + 2 * HALF_LIFE_S, 32.5),  # 0.25 · 10 + 0.75 · 40
        (math.inf, PRIOR_MS),
    ],
    ids=["just measured", "still fresh", "one half-life stale", "two half-lives stale", "for ever ago"],
)
def test_a_measurement_decays_to_the_prior(age_s: float, believed_ms: float) -> None:
    latency = one_way(10.0).at(AB, now_s=age_s)
    assert latency.p50_ms[0, 1] == pytest.approx(believed_ms)
    assert latency.known[0, 1] == (age_s <= FRESH_S)
    assert latency.age_s[0, 1] == age_s


def test_the_tail_decays_to_a_longer_prior() -> None:
    latency = one_way(10.0).at(AB, now_s=FRESH_S + HALF_LIFE_S)
    assert latency.p95_ms[0, 1] == pytest.approx(0.5 * 10 + 0.5 * 40 * TAIL_FACTOR)


def test_both_directions_are_kept_apart() -> None:
    matrix = make_latency(("a", "b"), {("a", "b"): 3.0, ("b", "a"): 7.0})
    latency = matrix.at(AB)
    assert (latency.p50_ms[0, 1], latency.p50_ms[1, 0]) == (3.0, 7.0)


def test_what_was_never_measured_is_the_prior_and_not_known_and_says_so() -> None:
    latency = make_latency(("a", "b"), {}).at(AB, now_s=5.0)
    assert latency.p50_ms[0, 1] == PRIOR_MS
    assert not latency.known[0, 1]
    assert latency.age_s[0, 1] == math.inf
    assert latency.source_of(0, 1) == "topology"
    assert latency.source_of(0, 0) == "probe"


def test_a_site_that_the_matrix_lacks_gets_the_prior() -> None:
    latency = one_way(3.0).at(make_sites("a", "b", "c"))
    assert latency.p50_ms[0].tolist() == [0.5, 3.0, PRIOR_MS]
    assert latency.known[0].tolist() == [True, True, False]


def test_a_site_that_only_the_matrix_knows_is_left_out() -> None:
    assert one_way(3.0).at(make_sites("b")).p50_ms.tolist() == [[0.5]]


def test_without_a_tail_the_limit_is_not_known_to_hold_but_the_mean_is_used() -> None:
    p50 = np.array([[0.5, 3.0], [3.0, 0.5]])
    latency = LatencyMatrix.of(("a", "b"), p50, np.full((2, 2), np.nan)).at(AB)
    assert latency.p50_ms[0, 1] == 3.0
    assert not latency.known.any()
    assert latency.age_s[0, 1] == math.inf  # of the tail, which is what limits are about


def test_a_tail_alone_stands_for_the_mean_too() -> None:
    p95 = np.array([[0.5, 3.0], [3.0, 0.5]])
    latency = LatencyMatrix.of(("a", "b"), np.full((2, 2), np.nan), p95).at(AB)
    assert latency.p50_ms[0, 1] == 3.0
    assert latency.known.all()


def test_a_time_that_nobody_knows_is_long_ago() -> None:
    latency = make_latency(("a", "b"), {("a", "b"): 3.0}, at_s=math.nan).at(AB)
    assert latency.p50_ms[0, 1] == PRIOR_MS
    assert not latency.known.any()


def test_a_half_life_of_nothing_is_refused() -> None:
    for half_life_s in (0.0, -1.0, math.nan):
        with pytest.raises(ModelError, match="half_life_s must be > 0"):
            one_way(1.0).at(AB, half_life_s=half_life_s)


ms = st.one_of(st.just(math.nan), st.floats(0, 1e6))
seconds = st.one_of(st.sampled_from([math.nan, math.inf, -math.inf]), st.floats(-1e12, 1e12))


@given(st.lists(ms, min_size=8, max_size=8), seconds, st.floats(-1e12, 1e12))
def test_what_is_believed_is_a_number_between_measurement_and_prior(
    values: list[float], at_s: float, now_s: float
) -> None:
    p50, p95 = np.array(values[:4]).reshape(2, 2), np.array(values[4:]).reshape(2, 2)
    latency = LatencyMatrix.of(("a", "b"), p50, p95, measured_at_s=at_s).at(AB, now_s=now_s)
    assert np.isfinite(latency.p50_ms).all()
    assert np.isfinite(latency.p95_ms).all()
    never_measured_itself = np.eye(2, dtype=bool) & np.isnan(p50) & np.isnan(p95)
    assert not (latency.known & np.isnan(p95) & ~never_measured_itself).any()
    assert (latency.p95_ms >= latency.p50_ms).all()
    assert not (latency.known & (latency.age_s > FRESH_S) & ~never_measured_itself).any()
    prior = prior_ms(AB)
    told = np.where(np.isnan(p50), p95, p50)
    low, high = np.fmin(prior, told), np.fmax(prior, told)
    assert (latency.p50_ms >= low - 1e-9 * high).all()
    assert (latency.p50_ms <= high + 1e-9 * high).all()


@pytest.mark.parametrize(
    ("a", "b", "expected_ms"),
    [
        ({}, {}, 40.0),
        ({"tier": Tier.CLOUD}, {}, 60.0),
        ({"tier": Tier.CLOUD}, {"tier": Tier.CLOUD}, 60.0),
        ({"region": "kr"}, {"region": "kr"}, 10.0),
        ({"region": "kr", "zone": "1"}, {"region": "kr", "zone": "2"}, 10.0),
        ({"region": "kr", "zone": "1"}, {"region": "jp", "zone": "1"}, 2.0),
        ({"region": "kr"}, {"region": "kr", "tier": Tier.CLOUD}, 10.0),
        # a degree of the equator is 111.19 km: 1 + 111.19 · 0.016 = 2.779
        ({"latitude": 0.0, "longitude": 0.0, "zone": "1"}, {"latitude": 0.0, "longitude": 1.0, "zone": "1"}, 2.779),
    ],
    ids=["edge", "cloud", "clouds", "region", "zones", "zone", "cloud of the region", "coordinates win"],
)
def test_topology_suggests(a: dict[str, object], b: dict[str, object], expected_ms: float) -> None:
    prior = prior_ms(Sites((Site(name="a", **a), Site(name="b", **b))))  # type: ignore[arg-type]
    assert prior[0, 1] == prior[1, 0] == pytest.approx(expected_ms, abs=1e-3)
    assert prior[0, 0] == 0.5


def test_without_a_matrix_nothing_is_known() -> None:
    latency = unmeasured(AB)
    assert latency.known.tolist() == [[True, False], [False, True]]  # that a site is near itself
    assert latency.p95_ms[0, 1] == PRIOR_MS * TAIL_FACTOR
    assert latency.source_of(0, 1) == "topology"


def test_a_single_measurement_replaces_one_entry_and_leaves_the_old_matrix_alone() -> None:
    old = one_way(3.0)
    new = old.measured("a", "b", p50_ms=4.0, p95_ms=6.0, at_s=7.0, source="prometheus")
    assert (old.p50_ms[0, 1], new.p50_ms[0, 1], new.p95_ms[0, 1], new.p50_ms[1, 0]) == (3.0, 4.0, 6.0, 3.0)
    assert new.at(AB, now_s=10.0).age_s[0, 1] == 3.0
    assert new.at(AB).source_of(0, 1) == "prometheus"
    with pytest.raises(ModelError, match="unknown site 'x'"):
        old.measured("a", "x", p50_ms=1, p95_ms=1, at_s=0, source="probe")


@pytest.mark.parametrize(
    ("p50", "words"),
    [
        ([[0.5, -1.0], [1.0, 0.5]], "p50_ms from a to b must be >= 0 and finite, got -1.0"),
        ([[0.5, 1.0], [math.inf, 0.5]], "p50_ms from b to a must be >= 0 and finite, got inf"),
        ([[0.5]], r"p50_ms must be 2 × 2 for 2 sites, got \(1, 1\)"),
    ],
)
def test_a_matrix_that_cannot_be_is_refused(p50: list[list[float]], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        LatencyMatrix.of(("a", "b"), p50)


def test_a_matrix_and_what_is_believed_cannot_be_written() -> None:
    given_ms = np.array([[0.5, 3.0], [3.0, 0.5]])
    matrix = LatencyMatrix.of(("a", "b"), given_ms)
    given_ms[0, 1] = 99.0
    assert matrix.p50_ms[0, 1] == 3.0
    for array in (matrix.p50_ms, matrix.at(AB).p50_ms, matrix.at(AB).known, prior_ms(AB)):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 1] = 1.0


def test_a_time_to_come_tells_nothing_of_the_age() -> None:
    rtt_ms = np.array([[0.5, 3.0], [3.0, 0.5]])
    soon = LatencyMatrix.of(("a", "b"), rtt_ms, measured_at_s=100.0)
    assert soon.at(AB, now_s=80.0).known.all()  # 20 s ahead: two clocks
    assert not soon.at(AB, now_s=0.0).known.any()  # 100 s ahead: a clock that is wrong


def test_a_guessed_tail_is_not_below_a_measured_mean() -> None:
    p50 = np.array([[0.5, 300.0], [300.0, 0.5]])
    latency = LatencyMatrix.of(("a", "b"), p50, np.full((2, 2), np.nan)).at(AB)
    assert latency.p95_ms[0, 1] == 300.0


def test_a_site_that_was_measured_far_from_itself_is_not_known_to_be_near() -> None:
    slow = LatencyMatrix.of(("a", "b"), np.full((2, 2), 50.0), measured_at_s=0.0)
    assert not slow.at(AB, now_s=10_000.0).known.any()
