"""A new history knows nothing, and a decision without more says nothing."""

from __future__ import annotations

from autoscaler.planner.decision import OUTWARDS, Decision, MetricStatus, Wanted
from autoscaler.planner.history import History, ScaleEvent, Seen


def test_a_new_history_knows_nothing() -> None:
    assert History() == History(
        recommendations=(),
        out_events=(),
        in_events=(),
        last_out_s=None,
        last_change_s=None,
        size={},
        base={},
        room_since_s=None,
        surplus_since_s=None,
        seen={},
        series=(),
        usage={},
        started=False,
    )
    assert Seen() == Seen(milli=0, since_s=0.0, nonzero_milli=0, nonzero_s=None, told_s=None)
    assert ScaleEvent(1, 5.0) == ScaleEvent(1, 5.0, outdated=False)


def test_a_decision_says_no_more_than_it_was_told_to() -> None:
    wanted = Wanted(home=1)
    assert wanted == Wanted(home=1, beyond={}, size={})
    plain = Decision(wanted=wanted, rung="Out", step=None, history=History(), unmoved=History())
    assert plain == Decision(
        wanted=wanted,
        rung="Out",
        step=None,
        held="",
        wish=0,
        desired=0,
        metrics=(),
        conditions=(),
        exhausted={},
        recommendation={},
        forecast=None,
        history=History(),
        unmoved=History(),
    )
    assert MetricStatus(label="m", replicas=None) == MetricStatus(
        label="m", replicas=None, exact=None, utilization=None, milli=None, problem="", reason=""
    )


def test_three_kinds_of_steps_lead_outward() -> None:
    assert frozenset({"ScaleOut", "ScaleUp", "OverEdge"}) == OUTWARDS
