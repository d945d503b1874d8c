"""Conditions between passes: when they changed, and which changes are Events."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.controller.conditions import Told, merged, of_foreign, turns
from autoscaler.planner.decision import Condition

THEN_S, NOW_S = 1000.0, 2000.0


def said(kind: str, status: str, reason: str, message: str = "m") -> dict[str, Any]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


ABLE = said("AbleToScale", "True", "ReadyForNewScale")
AWAY = said("MetricsAvailable", "False", "FailedGetResourceMetric", "away")
INACTIVE = said("ScalingActive", "False", "FailedGetResourceMetric", "all away")
ACTIVE = said("ScalingActive", "True", "ValidMetricFound")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([], [ABLE, ACTIVE], []),
        ([], [AWAY, INACTIVE], [("FailedGetResourceMetric", "away", "Warning")]),
        ([AWAY, INACTIVE], [AWAY, INACTIVE], []),
        ([AWAY, INACTIVE], [ACTIVE], [("MetricsAvailable", "all metrics are read again", "Normal")]),
        ([AWAY], [{**AWAY, "reason": "SuspectMetric"}], [("SuspectMetric", "away", "Warning")]),
        ([AWAY], [{**AWAY, "message": "away for 7 s"}], []),
        ([ABLE], [said("AbleToScale", "False", "Paused")], [("Paused", "m", "Normal")]),
        ([said("AbleToScale", "False", "Paused")], [ABLE], [("ReadyForNewScale", "m", "Normal")]),
        ([ABLE], [said("AbleToScale", "False", "FailedUpdateScale")], []),
        ([said("AbleToScale", "False", "FailedUpdateScale")], [ABLE], []),
        ([ABLE], [said("AbleToScale", "False", "BackoffUpscale")], []),
        ([said("AbleToScale", "False", "BackoffDownscale")], [ABLE], []),
        ([ABLE], [said("AbleToScale", "False", "AmbiguousTarget")], [("AmbiguousTarget", "m", "Warning")]),
        ([ACTIVE], [said("ScalingActive", "False", "ScalingDisabled")], [("ScalingDisabled", "m", "Normal")]),
        ([said("Valid", "False", "InvalidSpec")], [ABLE], [("Valid", "the specification can be read again", "Normal")]),
        ([], [said("ForeignPods", "True", "OtherOwner")], [("ForeignPods", "m", "Warning")]),
        ([], [said("ScalingLimited", "True", "TooManyReplicas")], []),
    ],
    ids=[
        "all is well from the beginning",
        "metrics are away: one, not one for each condition",
        "they are still away",
        "they are back",
        "they are away for another reason",
        "numbers in a message",
        "paused",
        "goes on",
        "a step failed, which has an Event of its own",
        "and then did not",
        "a period holds a step back",
        "and is over",
        "two want the same",
        "scaled to nothing by hand",
        "a spec was mended",
        "pods of others",
        "a limit is no Event",
    ],
)
def test_what_turns_is_told_once(
    before: list[dict[str, Any]], after: list[dict[str, Any]], told: list[tuple[str, str, str]]
) -> None:
    assert list(turns(before, after)) == [Told(*each) for each in told]  # type: ignore[arg-type]  # a literal


def test_pods_of_others_that_are_gone_are_told_too() -> None:
    (told,) = turns([said("ForeignPods", "True", "OtherOwner")], [ABLE])
    assert (told.reason, told.type) == ("NoForeignPods", "Normal")


def test_the_time_is_that_of_the_last_change_of_status() -> None:
    one = Condition(type="AbleToScale", status="True", reason="ReadyForNewScale", message="m")
    other = Condition(type="ScalingActive", status="False", reason="x", message="m")
    first = merged([], [one], now_s=THEN_S, generation=1)
    assert first[0]["lastTransitionTime"] == "1970-01-01T00:16:40Z"
    made = Condition(type="AbleToScale", status="True", reason="SucceededRescale", message="n")
    second = merged(first, [other, made], now_s=NOW_S, generation=2)
    assert [(each["type"], each["reason"], each["lastTransitionTime"][-9:]) for each in second] == [
        ("AbleToScale", "SucceededRescale", "00:16:40Z"),
        ("ScalingActive", "x", "00:33:20Z"),
    ]
    assert {each["observedGeneration"] for each in second} == {2}
    third = merged(second, [Condition(type="AbleToScale", status="False", reason="x", message="")], now_s=NOW_S,
                   generation=2)  # fmt: skip
    assert third[0]["lastTransitionTime"] == "1970-01-01T00:33:20Z"


@pytest.mark.parametrize(
    ("names", "begins"),
    [
        (["a"], "a: the selector app=web selects 1 pod of other owners"),
        (["a", "b", "c"], "a, b, c: the selector app=web selects 3 pods"),
        (["a", "b", "c", "d"], "a, b, c and others: the selector app=web selects 4 pods"),
    ],
)
def test_a_few_of_the_others_are_named(names: list[str], begins: str) -> None:
    condition = of_foreign(names, "app=web")
    assert condition is not None
    assert condition.message.startswith(begins)


def test_without_others_there_is_no_condition() -> None:
    assert of_foreign([], "app=web") is None
