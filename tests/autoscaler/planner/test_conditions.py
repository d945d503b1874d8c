"""Conditions of the ladder stand in the place of the horizontal rules' own of that type."""

from __future__ import annotations

import pytest

from autoscaler.planner import conditions
from autoscaler.planner.decision import Condition, Wanted
from autoscaler.planner.ladder import Move

ABLE = Condition(type="AbleToScale", status="True", reason="ReadyForNewScale", message="ready")
LIMITED = Condition(type="ScalingLimited", status="False", reason="DesiredWithinRange", message="within")
FULL = {"Out": "at maxReplicas 4", "OverEdge": "no place over edge is allowed"}


def nothing(**exhausted: str) -> Move:
    return Move(kind=None, wanted=Wanted(home=4), why="", exhausted=exhausted)


def test_an_exhausted_ladder_is_limited_and_says_why() -> None:
    able, limited = conditions.limited((LIMITED, ABLE), 5, 4, nothing(**FULL))
    assert able == ABLE
    assert limited == Condition(
        type="ScalingLimited",
        status="True",
        reason="LadderExhausted",
        message="Out: at maxReplicas 4; OverEdge: no place over edge is allowed",
    )


@pytest.mark.parametrize(
    ("wish", "move"),
    [
        (4, nothing(**FULL)),
        (3, nothing(**FULL)),
        (5, nothing()),
        (5, Move(kind="OverEdge", wanted=Wanted(home=4, beyond={"cloud": 1}), why="", exhausted=FULL)),
    ],
    ids=["nothing more is wished for", "fewer are", "no rung said no", "a rung gave it"],
)
def test_otherwise_it_is_not(wish: int, move: Move) -> None:
    assert conditions.limited(iter((LIMITED, ABLE)), wish, 4, move) == (LIMITED, ABLE)


def test_a_period_that_holds_a_step_back_shows() -> None:
    assert conditions.backing_off((ABLE, LIMITED), "BackoffUpscale", "in 42 s") == (
        LIMITED,
        Condition(type="AbleToScale", status="False", reason="BackoffUpscale", message="in 42 s"),
    )


def test_a_pause_shows() -> None:
    assert conditions.paused((ABLE, LIMITED)) == (
        LIMITED,
        Condition(
            type="AbleToScale",
            status="False",
            reason="Paused",
            message="spec.paused is true: decisions are shown, nothing is changed",
        ),
    )
