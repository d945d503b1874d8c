"""What the look ahead says of loads whose future is known."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import exp, sin, tau

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner.forecast import BLOCK_S, FINE_S, KEPT_S, LITTLE, Series, ahead, remembered, thinned
from autoscaler.planner.spec import Forecast

NOW_S = 1_790_035_200.0  # a day's beginning
DAY_S = 86_400.0
ASKED = Forecast(mode="Act", horizon_s=300.0)
DAMPED_S = 600 * (1 - exp(-300 / 600))  # 236.1 s: what is left of 300 s of trend


def told(load: Callable[[float], float], *, since_s: float, every_s: float = 15.0) -> Series:
    """What is remembered at NOW_S of a load that is a function of the seconds from then."""
    series: Series = ()
    for turn in range(round(since_s / every_s), -1, -1):
        series = remembered(series, NOW_S - turn * every_s, load(-turn * every_s))
    return series


def busy_at(hour_s: float, calm: float, busy: float) -> Callable[[float], float]:
    """Calm, and busy from that second of each day on for an hour; seconds are counted from NOW_S."""
    return lambda after_s: busy if hour_s <= after_s % DAY_S < hour_s + 3600 else calm


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        pytest.param(lambda _: 4.0, 4.0, id="steady"),
        pytest.param(lambda t: 10 + t / 120, 10 + DAMPED_S / 120, id="one replica more in 2 minutes, damped"),
        pytest.param(lambda t: 10 - t / 120, 10.0, id="a falling load is not below what it is now"),
        pytest.param(lambda t: 40.0 if t == -300 else 4.0, 4.0, id="one outlier bends nothing"),
        pytest.param(lambda t: 40.0 if t % 60 == -45 % 60 else 4.0, 4.0, id="one outlier in four neither"),
    ],
)
def test_the_trend_of_ten_minutes_goes_on_for_a_while(load: Callable[[float], float], expected: float) -> None:
    assert ahead(ASKED, told(load, since_s=600), NOW_S) == pytest.approx(expected)


@pytest.mark.parametrize(("points", "is_told"), [(0, False), (1, False), (4, False), (5, True)])
def test_few_points_are_no_forecast(points: int, *, is_told: bool) -> None:
    series = tuple((NOW_S - 15.0 * turn, 3.0) for turn in reversed(range(points)))
    assert (ahead(ASKED, series, NOW_S) is not None) == is_told


def test_points_of_an_hour_ago_are_no_forecast() -> None:
    assert ahead(ASKED, told(lambda _: 4.0, since_s=600), NOW_S + 3600) is None


def test_what_followed_yesterday_is_expected_today() -> None:
    at_nine = told(busy_at(BLOCK_S / 2, 4.0, 12.0), since_s=2 * DAY_S, every_s=60.0)
    # yesterday's blocks: 4 until now, then (4 + 12) / 2 = 8, then 12; between them (4 + 8) / 2 = 6 now and 10 then
    expected = 4 * (10 + LITTLE) / (6 + LITTLE)
    asked = Forecast(mode="Act", horizon_s=BLOCK_S)
    assert ahead(asked, at_nine, NOW_S) == pytest.approx(expected, rel=0.01)  # a block has a minute more or less
    assert ahead(asked, told(lambda _: 4.0, since_s=2 * DAY_S, every_s=60.0), NOW_S) == pytest.approx(4.0)


def test_a_rise_that_only_the_trend_sees_is_believed_whole() -> None:
    series = told(lambda t: 4.0 if t < -3600 else 10 + t / 120, since_s=2 * DAY_S, every_s=60.0)
    assert ahead(ASKED, series, NOW_S) == pytest.approx(10 + DAMPED_S / 120)  # yesterday nothing rose


def test_no_season_multiplies_by_more_than_three() -> None:
    series = told(busy_at(BLOCK_S, 1.0, 100.0), since_s=1.5 * DAY_S, every_s=60.0)
    assert ahead(Forecast(mode="Act", horizon_s=2 * BLOCK_S), series, NOW_S) == pytest.approx(3.0)


def test_the_season_is_scaled_by_todays_load() -> None:
    """Twice the load of yesterday: twice the rise of yesterday."""
    rise = busy_at(BLOCK_S / 2, 4.0, 12.0)
    asked = Forecast(mode="Act", horizon_s=BLOCK_S)
    before = ahead(asked, told(rise, since_s=1.5 * DAY_S, every_s=60.0), NOW_S)
    doubled = told(lambda t: rise(t) * (2 if t > -DAY_S / 2 else 1), since_s=1.5 * DAY_S, every_s=60.0)
    after = ahead(asked, doubled, NOW_S)
    assert before is not None
    assert after == pytest.approx(2 * before)


def test_a_day_that_is_not_remembered_whole_is_no_season() -> None:
    rise = busy_at(BLOCK_S / 2, 4.0, 12.0)
    half = told(rise, since_s=DAY_S / 2, every_s=60.0)
    assert ahead(Forecast(mode="Act", horizon_s=BLOCK_S), half, NOW_S) == pytest.approx(4.0)


def test_the_near_past_is_whole_and_the_far_one_is_means_of_blocks() -> None:
    series = told(lambda t: 5 + sin(t / 1000), since_s=4 * 3600)
    cut_s = (NOW_S - FINE_S) // BLOCK_S * BLOCK_S
    old = thinned(series)
    assert all(at_s % BLOCK_S == BLOCK_S / 2 for at_s, _ in old)
    assert [at_s for at_s, _ in series[len(old) :]] == [
        cut_s + 15 * turn for turn in range(round((NOW_S - cut_s) / 15) + 1)
    ]
    middle_s, mean = old[2]
    known = [5 + sin((at_s - NOW_S) / 1000) for at_s in (middle_s - BLOCK_S / 2 + 15.0 * turn for turn in range(120))]
    assert mean == pytest.approx(sum(known) / 120)


def test_two_weeks_are_remembered_and_no_more() -> None:
    series = told(lambda t: 5 + sin(tau * t / DAY_S), since_s=16 * DAY_S, every_s=120.0)
    assert NOW_S - series[0][0] <= KEPT_S
    assert len(series) <= 14 * 48 + (FINE_S + BLOCK_S) / 120 + 2  # half hours, and what is whole


def test_an_older_wish_changes_nothing() -> None:
    series = told(lambda _: 4.0, since_s=60)
    assert remembered(series, NOW_S, 9.0) is series
    assert remembered(series, NOW_S - 30, 9.0) is series


WISHES = st.lists(st.tuples(st.floats(0.5, 90_000), st.floats(0, 1e6)), max_size=60)


@given(WISHES, st.floats(1, 3600))
def test_it_only_adds_and_the_memory_stays_in_order(story: list[tuple[float, float]], horizon_s: float) -> None:
    series: Series = ()
    now_s = NOW_S
    for wait_s, wish in story:
        now_s += wait_s
        series = remembered(series, now_s, wish)
        assert series[-1] == (now_s, wish)
        assert all(one[0] < other[0] for one, other in pairwise(series))
        assert min(each for _, each in story) <= min(each for _, each in series) * (1 + 1e-9)
        said = ahead(Forecast(mode="Act", horizon_s=horizon_s), series, now_s)
        assert said is None or said >= wish
