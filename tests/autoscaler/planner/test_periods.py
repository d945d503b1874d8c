"""Two periods: out after 180 s of silence since the last step out, in after 300 s since any step."""

from __future__ import annotations

import pytest

from autoscaler.planner.history import History
from autoscaler.planner.periods import inward_wait_s, outward_wait_s, watchful
from autoscaler.planner.spec import DOWN_DEFAULT, Horizontal, Rules

ASKED = Horizontal(max_replicas=9, metrics=(), out_period_s=180.0, in_period_s=300.0)


def test_the_first_step_is_free_in_both_directions() -> None:
    assert outward_wait_s(ASKED, History(), 0.0) == 0
    assert inward_wait_s(ASKED, History(), 0.0) == 0


@pytest.mark.parametrize(("now_s", "left_s"), [(100.0, 180.0), (279.0, 1.0), (280.0, 0.0), (999.0, 0.0)])
def test_out_waits_for_the_last_step_out(now_s: float, left_s: float) -> None:
    assert outward_wait_s(ASKED, History(last_out_s=100.0, last_change_s=250.0), now_s) == left_s


@pytest.mark.parametrize(("now_s", "left_s"), [(399.0, 151.0), (550.0, 0.0)])
def test_in_waits_for_the_last_step_in_either_direction(now_s: float, left_s: float) -> None:
    assert inward_wait_s(ASKED, History(last_out_s=100.0, last_change_s=250.0), now_s) == left_s


def test_the_window_covers_the_inward_period() -> None:
    assert watchful(Horizontal(max_replicas=9, metrics=(), down_window_s=60, in_period_s=300)).down_window_s == 300
    short = Horizontal(max_replicas=9, metrics=(), down=Rules(window_s=0.0), in_period_s=300)
    assert watchful(short).down == Rules(window_s=300.0)
    unsaid = Horizontal(max_replicas=9, metrics=(), down=DOWN_DEFAULT, down_window_s=600, in_period_s=300)
    down = watchful(unsaid).down
    assert down is not None
    assert down.window_s == 600


def test_hpa_stays_hpa_with_periods_of_zero() -> None:
    plain = Horizontal(max_replicas=9, metrics=(), down_window_s=60)
    assert watchful(plain) is plain
