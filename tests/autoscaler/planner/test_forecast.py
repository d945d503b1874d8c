"""What is foreseen of loads whose future is known."""

from __future__ import annotations

from collections.abc import Callable
from math import sin, sqrt, tau

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner.forecast import BLOCK_S, FINE_S, KEPT_S, Series, ahead, remembered, thinned
from autoscaler.planner.spec import Forecast

START_S = 1_790_035_200.0  # a day's beginning
DAY_S = 86_400.0
AHEAD = Forecast(mode="Act", horizon_s=300.0)
TICK_S = 15.0


def lived(load: Callable[[float], float], for_s: float, tick_s: float = TICK_S) -> Series:
    """What is remembered of a load, seconds since the start → replicas."""
    series: Series = ()
    for turn in range(int(for_s / tick_s) + 1):
        series = remembered(series, START_S + turn * tick_s, load(turn * tick_s))
    return series


def foreseen(series: Series, asked: Forecast = AHEAD) -> float:
    answer = ahead(asked, series, series[-1][0])
    assert answer is not None
    return answer


@pytest.mark.parametrize("minutes", [0, 1, 2, 3])
def test_too_little_memory_foresees_nothing(minutes: int) -> None:
    assert ahead(AHEAD, lived(lambda _: 5.0, 60.0 * minutes), START_S + 60 * minutes) is None


def test_a_steady_load_stays_as_it_is() -> None:
    assert foreseen(lived(lambda _: 5.0, 3600)) == 5.0
    assert foreseen(lived(lambda _: 5.0, 3600), Forecast(mode="Act", deviations=4.0)) == 5.0


def test_no_load_stays_none() -> None:
    assert foreseen(lived(lambda _: 0.0, 3600)) == 0.0


def test_a_straight_rise_goes_on() -> None:
    # 6 replicas an hour: after an hour 2 + 6 = 8, and 300 s later 8.5
    assert foreseen(lived(lambda at_s: 2 + at_s / 600, 3600)) == pytest.approx(8.5, abs=0.05)


def test_a_straight_fall_stays_at_what_is_now() -> None:
    assert foreseen(lived(lambda at_s: 10 - at_s / 600, 3600)) == 4.0  # 10 - 6


def test_a_load_that_jumps_counts_from_where_it_is() -> None:
    series = lived(lambda at_s: 5.0 + 0.2 * sin(at_s) if at_s < 3600 else 15.0, 3600 + 60)
    assert foreseen(series) >= 15.0


def test_what_happened_yesterday_is_expected_today() -> None:
    def load(at_s: float) -> float:  # from 2 to 6 within two hours, every day from the 12th on
        of_day = at_s % DAY_S
        return 2 + 4 * min(max(0.0, of_day - 12 * 3600), 7200) / 7200

    calm = lived(load, 11 * 3600, 60.0)
    second = lived(load, DAY_S + 12 * 3600, 60.0)
    asked = Forecast(mode="Act", horizon_s=3600.0)
    assert foreseen(calm, asked) == pytest.approx(2.0)
    # yesterday at 12, between half hours of 2 and 2.5: 2.25; at 13, between 3.5 and 4.5: 4; and (4 + 0.25) / 2.5 = 1.7
    assert foreseen(second, asked) == pytest.approx(2 * 1.7, rel=0.01)


def test_a_fall_yesterday_takes_nothing_from_a_rise_today() -> None:
    def load(at_s: float) -> float:
        return 10 - at_s / 30_000 if at_s < DAY_S else 7 + (at_s - DAY_S) / 600

    assert foreseen(lived(load, DAY_S + 3600, 60.0)) == pytest.approx(13.5, rel=0.01)  # 7 + 6, and 0.5 in 300 s


def test_no_season_multiplies_by_more_than_three() -> None:
    series = lived(lambda at_s: 100.0 if at_s % DAY_S >= 12 * 3600 else 1.0, DAY_S + 11.5 * 3600, 60.0)
    assert foreseen(series, Forecast(mode="Act", horizon_s=3600.0)) == pytest.approx(3.0)


def test_a_season_is_scaled_by_todays_load() -> None:
    def rise(at_s: float) -> float:
        return 4.0 if at_s % DAY_S < 12.25 * 3600 else 12.0

    asked = Forecast(mode="Act", horizon_s=BLOCK_S)
    today = lived(rise, DAY_S + 12 * 3600, 60.0)
    doubled = lived(lambda at_s: rise(at_s) * (2 if at_s >= DAY_S else 1), DAY_S + 12 * 3600, 60.0)
    assert 4.0 < foreseen(today, asked) <= 12.0
    assert foreseen(doubled, asked) == pytest.approx(2 * foreseen(today, asked))


def test_a_day_that_is_not_remembered_whole_is_no_season() -> None:
    series = lived(lambda at_s: 4.0 if at_s % DAY_S < 12.25 * 3600 else 12.0, 12 * 3600, 60.0)
    assert foreseen(series, Forecast(mode="Act", horizon_s=BLOCK_S)) == 4.0


def test_numbers_of_an_hour_ago_say_nothing() -> None:
    assert ahead(AHEAD, lived(lambda _: 4.0, 600), START_S + 4200) is None


def test_headroom_is_learned_from_the_noise() -> None:
    rng = np.random.default_rng(7)
    noise = iter(rng.normal(0, 1, 400).tolist())
    series = lived(lambda _: 9 + sqrt(9) * 0.2 * next(noise), FINE_S, 60.0)
    plain = foreseen(series, Forecast(mode="Act"))
    # a deviation is 0.2 x sqrt(9) = 0.6: four of them above the level of 9 are 11.4
    assert foreseen(series, Forecast(mode="Act", deviations=4.0)) == pytest.approx(11.4, rel=0.06)
    assert plain < 10.5


def test_one_outlier_makes_little_headroom() -> None:
    asked = Forecast(mode="Act", deviations=4.0)
    with_one = lived(lambda at_s: 50.0 if at_s == 6000 else 9 + 0.1 * sin(at_s), FINE_S, 60.0)
    assert foreseen(with_one, asked) < 14


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda at_s: 6 + 4 * sin(tau * at_s / DAY_S), id="a smooth day"),
        pytest.param(lambda at_s: 6 + 4 * sin(tau * at_s / 3600), id="a smooth hour"),
    ],
)
def test_a_smooth_load_is_foreseen_better_than_by_its_present_number(shape: Callable[[float], float]) -> None:
    rises = missed = stood = 0.0
    series = lived(shape, 3 * 3600, 60.0)
    for minute in range(181, 420):
        at_s = 60.0 * minute
        series = remembered(series, START_S + at_s, shape(at_s))
        now, then = shape(at_s), shape(at_s + AHEAD.horizon_s)
        if then > now:  # what falls is not foreseen on purpose
            rises += 1
            missed += abs(foreseen(series) - then)
            stood += then - now
    assert rises > 20
    assert missed < 0.8 * stood


@given(
    st.lists(st.floats(0, 1000), min_size=5, max_size=60),
    st.floats(15, 86_400),
    st.floats(0, 6),
    st.sampled_from([15.0, 60.0, 180.0, 3600.0]),
)
def test_a_forecast_only_adds(wishes: list[float], horizon_s: float, deviations: float, tick_s: float) -> None:
    series: Series = ()
    for turn, wish in enumerate(wishes):
        series = remembered(series, START_S + turn * tick_s, wish)
    asked = Forecast(mode="Act", horizon_s=horizon_s, deviations=deviations)
    answer = ahead(asked, series, series[-1][0])
    assert answer is None or wishes[-1] <= answer < 1e6
    assert answer == ahead(asked, series, series[-1][0])


@given(st.lists(st.tuples(st.floats(0.5, 20_000), st.floats(0, 100)), max_size=120))
def test_memory_is_in_order_and_thinned(steps: list[tuple[float, float]]) -> None:
    series: Series = ()
    at_s = START_S
    for gap_s, wish in steps:
        at_s += gap_s
        series = remembered(series, at_s, wish)
        assert series[-1] == (at_s, wish)
        times = [known for known, _ in series]
        assert times == sorted(set(times))
        assert times[0] >= at_s - KEPT_S
        old = thinned(series)
        assert all(known % BLOCK_S == BLOCK_S / 2 for known, _ in old)
        assert len({known // BLOCK_S for known, _ in old}) == len(old)


def test_memory_is_bounded_and_keeps_the_mean() -> None:
    series = lived(lambda at_s: 5 + sin(at_s), 16 * DAY_S, 60.0)
    assert len(series) <= KEPT_S / BLOCK_S + FINE_S / 60 + BLOCK_S / 60 + 2
    assert np.mean([wish for _, wish in thinned(series)]) == pytest.approx(5, abs=0.05)


def test_between_minutes_only_the_newest_number_and_the_one_before_are_kept() -> None:
    series = lived(float, 120)  # 0, 15, …, 120 s
    assert [at_s - START_S for at_s, _ in series] == [0, 60, 105, 120]
    assert [at_s - START_S for at_s, _ in remembered(series, START_S + 135, 1.0)] == [0, 60, 120, 135]


def test_a_clock_that_goes_back_adds_nothing() -> None:
    series = lived(float, 600)
    assert remembered(series, START_S + 300, 5.0) is series
