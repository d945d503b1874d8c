from __future__ import annotations

import pytest

from autoscaler.planner.decision import Rung, Step
from autoscaler.planner.fluid import Change
from autoscaler.planner.replay import Moment
from autoscaler.planner.tally import tally

OUT = Step(kind="ScaleOut", before="2 replicas", after="4 replicas", why="")


def make_moment(
    home: int, *, cloud: int = 0, growth: float = 1.0, rung: Rung = "Out", step: Step | None = None
) -> Moment:
    return Moment(
        at_s=0.0,
        for_s=60.0,
        load=10.0,
        seen=10.0,
        home=home,
        beyond={"cloud": cloud} if cloud else {},
        growth=growth,
        carried=9.0,
        late=60.0,
        short_s=6.0,
        step=step,
        rung=rung,
        held="",
        change=Change(),
    )


def test_the_sums_of_three_minutes() -> None:
    sums = tally(
        [
            make_moment(2),
            make_moment(2, growth=1.5, rung="Up"),
            make_moment(2, cloud=2, growth=1.5, rung="OverEdge", step=OUT),
        ]
    )
    assert (sums.seconds, sums.load_s, sums.late_s, sums.short_s) == (180.0, 1800.0, 180.0, 18.0)
    assert sums.late_pct == pytest.approx(10.0)
    assert sums.pod_s == 60 * (2 + 2 + 4)
    assert sums.sized_s == 60 * (2 + 3 + 5)
    assert (sums.most, sums.churn, dict(sums.steps)) == (4, 2, {"ScaleOut": 1})
    assert sums.rungs == {"Out": 60.0, "Up": 60.0, "OverEdge": 60.0}


@pytest.mark.parametrize(
    ("counts", "flips"),
    [((2, 4, 6, 6, 3, 3, 5), 2), ((2, 4, 4, 6), 0), ((6, 4, 4, 2, 2), 0), ((3,), 0), ((3, 3), 0)],
)
def test_a_flip_is_a_change_against_the_one_before(counts: tuple[int, ...], flips: int) -> None:
    assert tally(map(make_moment, counts)).flips == flips


def test_nothing_at_all_has_no_share_that_is_late() -> None:
    assert tally([]).late_pct is None


def test_a_new_tally_is_nothing() -> None:
    sums = tally([])
    assert (sums.seconds, sums.load_s, sums.peak, sums.late_s, sums.short_s, sums.pod_s, sums.sized_s) == (0.0,) * 7
    assert (sums.most, sums.churn, sums.flips, dict(sums.steps), sums.rungs) == (0, 0, 0, {}, {})


def test_only_those_at_home_are_bigger() -> None:
    sums = tally([make_moment(2, cloud=3, growth=2.0)] * 2)
    assert (sums.pod_s, sums.sized_s) == (2 * 60 * 5, 2 * 60 * (3 + 2 * 2))
    assert (sums.churn, sums.peak, sums.rungs) == (0, 10.0, {"Out": 120.0})


def test_the_first_turn_starts_and_stops_nobody() -> None:
    assert tally([make_moment(4)]).churn == 0
    assert tally([make_moment(4), make_moment(1), make_moment(2)]).churn == 3 + 1


def test_steps_are_counted_by_kind() -> None:
    assert tally([make_moment(2, step=OUT), make_moment(4, step=OUT), make_moment(4)]).steps == {"ScaleOut": 2}
