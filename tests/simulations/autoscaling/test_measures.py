from __future__ import annotations

import pytest

from autoscaler.planner.fluid import Change
from autoscaler.planner.replay import Moment
from simulations.autoscaling.measures import curves, figures


def make_moment(at_s: float, home: int, *, load: float = 30.0, late: float = 0.0, short_s: float = 0.0) -> Moment:
    return Moment(
        at_s=at_s,
        for_s=900.0,
        load=load,
        seen=load,
        home=home,
        beyond={},
        growth=1.0,
        carried=10.0 * home,
        late=late,
        short_s=short_s,
        step=None,
        rung="Out",
        held="",
        change=Change(),
    )


HOUR = [
    make_moment(0.0, 2, late=270.0, short_s=27.0),
    make_moment(900.0, 4),
    make_moment(1800.0, 6),
    make_moment(2700.0, 3),
]


def test_the_figures_of_an_hour() -> None:
    found = figures(HOUR, pod_rps=10.0)
    assert found["late_pct"] == pytest.approx(0.25)  # 270 of 30 · 3600
    assert found["pods_over_ideal"] == pytest.approx(1.25)  # (2 + 4 + 6 + 3) / 4 over 3
    assert found["churn_per_h"] == 7  # +2 +2 -3
    assert found["flips_per_h"] == 1
    assert (found["short_s_per_h"], found["pods_max"], found["load_mean_rps"]) == (27.0, 6, 30.0)


def test_no_load_is_nothing_to_measure_lateness_by() -> None:
    found = figures([make_moment(0.0, 1, load=0.0)], pod_rps=10.0)
    assert (found["late_pct"], found["pods_over_ideal"], found["pods_mean"]) == (None, None, 1.0)


def test_lines_begin_at_zero_and_late_requests_only_grow() -> None:
    lines = curves(HOUR, pod_rps=10.0)
    assert lines["replicas"].x == (0.0, 900.0, 1800.0, 2700.0)
    assert lines["replicas"].y == (2.0, 4.0, 6.0, 3.0)
    assert set(lines["needed"].y) == {3.0}
    assert lines["late"].y == pytest.approx((0.25, 0.25, 0.25, 0.25))


def test_a_long_run_is_told_in_a_thousand_points() -> None:
    lines = curves([make_moment(900.0 * turn, 1 + turn % 3) for turn in range(5000)], pod_rps=10.0)
    assert {len(line.x) for line in lines.values()} == {1000}
    assert sum(lines["replicas"].y) / 1000 == pytest.approx(2.0, rel=0.01)
