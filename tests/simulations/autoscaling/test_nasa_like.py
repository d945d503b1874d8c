from __future__ import annotations

import numpy as np
import pytest

from simulations.autoscaling.nasa_like import NasaLike, nasa_like

CALM = NasaLike(drift=0.0, bursts_per_h=0.0)


def test_the_mean_is_the_one_asked_for() -> None:
    # 53 a minute · 200 / 60 s = 176.7; a week of noise moves the mean by a percent or so
    rates = nasa_like(CALM, 7, np.random.default_rng(1))
    assert len(rates) == 7 * 1440
    assert rates.mean() == pytest.approx(53 * 200 / 60, rel=0.02)


def test_days_and_nights_and_quiet_days_differ_as_the_shape_says() -> None:
    rates = nasa_like(CALM, 7, np.random.default_rng(2)).reshape(7, 24, 60).mean(axis=2)
    assert rates[:, 13:15].mean() / rates[:, 1:3].mean() == pytest.approx(1.6 / 0.4, rel=0.15)  # 1 ± swing
    assert rates[0].mean() / rates[2].mean() == pytest.approx(0.5, rel=0.1)


def test_a_minutes_variance_is_twice_the_page_view_times_its_mean() -> None:
    flat = NasaLike(drift=0.0, bursts_per_h=0.0, swing=0.0, week=(1.0,), scale=60.0)  # rates are counts then
    counts = nasa_like(flat, 20, np.random.default_rng(3))
    assert counts.var() == pytest.approx(2 * 5.0 * 53, rel=0.05)


def test_bursts_rise_above_every_usual_minute() -> None:
    burst = NasaLike(drift=0.0, swing=0.0, week=(1.0,), bursts_per_h=0.2, burst_gain=5.0)
    calm = NasaLike(drift=0.0, swing=0.0, week=(1.0,), bursts_per_h=0.0)
    with_bursts, without = (nasa_like(shape, 7, np.random.default_rng(4)).max() for shape in (burst, calm))
    assert with_bursts > 1.5 * without


def test_the_same_dice_give_the_same_week() -> None:
    first, again = (nasa_like(NasaLike(), 1, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, again)
