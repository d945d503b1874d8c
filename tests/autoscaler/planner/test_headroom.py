from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner.headroom import FEWEST, carried_on, kept_free, spread


def test_a_calm_load_keeps_nothing_free() -> None:
    assert kept_free(np.full(60, 7.0), 4.0) == 7.0


@pytest.mark.parametrize("level", [4.0, 25.0, 100.0])
def test_a_load_that_strays_by_the_root_of_its_level_has_the_same_spread_at_every_level(level: float) -> None:
    wishes = level + 0.5 * np.sqrt(level) * np.random.default_rng(1).standard_normal(4000)
    assert spread(wishes) == pytest.approx(0.5, rel=0.06)


def test_deviations_are_kept_free_above_the_level() -> None:
    wishes = 25 + 2.5 * np.random.default_rng(2).standard_normal(180)
    level = float(np.median(wishes[-20:]))
    assert kept_free(wishes, 3.0) == pytest.approx(level + 3 * spread(wishes) * np.sqrt(level))
    assert spread(wishes) == pytest.approx(0.5, rel=0.3)  # 2.5 / root of 25


def test_a_burst_neither_lifts_the_level_nor_widens_the_spread() -> None:
    calm = 25 + 2.5 * np.random.default_rng(3).standard_normal(180)
    burst = calm.copy()
    burst[-9:-4] = 150.0
    assert spread(burst) == pytest.approx(spread(calm), rel=0.1)
    assert kept_free(burst, 3.0) == pytest.approx(kept_free(calm, 3.0), rel=0.1)


def test_too_few_numbers_tell_no_spread() -> None:
    assert spread(np.arange(FEWEST + 1.0)) == 0.0
    assert spread(np.arange(FEWEST + 2.0)) > 0.0


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(10.0, 13.0, 22.0), (10.0, 10.0, 10.0), (13.0, 10.0, 10.0)],  # 13 + 3/15 · 45; a fall is not carried on
)
def test_a_rise_goes_on_until_the_horizon(before: float, now: float, expected: float) -> None:
    assert carried_on(before, now, 15.0, 45.0) == expected


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=40), st.floats(0, 10))
def test_headroom_is_never_below_the_level(wishes: list[float], deviations: float) -> None:
    told = np.array(wishes)
    assert kept_free(told, deviations) >= float(np.median(told[-20:]))
