"""A record holds all that was decided on, and says exactly what of it cannot be read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from autoscaler.planner import record
from autoscaler.planner.errors import RecordError
from autoscaler.planner.history import History, Recommendation
from autoscaler.planner.observation import Fit, Observation, PodSeen, PodValues, Sample, Total, Unavailable
from autoscaler.planner.plan import plan
from autoscaler.planner.spec import Horizontal, Metric, Spec, Target

QUEUE = Metric(kind="External", name="queue", target=Target(kind="Value", amount=1000))
RPS = Metric(kind="Pods", name="rps", target=Target(kind="AverageValue", amount=1000))
SPEC = Spec(horizontal=Horizontal(max_replicas=9, metrics=(RPS, QUEUE, QUEUE)))
SEEN = Observation(
    now_s=100.0,
    home=1,
    status_replicas=1,
    pods=(PodSeen(name="p0"),),
    readings=(
        PodValues(samples={"p0": Sample(by_container={"": 2000}, timestamp_s=90.0)}),
        Total(milli=1500, timestamp_s=95.0),
        Unavailable(reason="FailedGetExternalMetric", message="503"),
    ),
)
HISTORY = History(recommendations=(Recommendation(1, 50.0),), started=True)


def anywhere(_place: str, up_to: int) -> Fit:
    return Fit(count=up_to)


def line(*asked: record.Asked) -> bytes:
    decision = plan(SPEC, SEEN, HISTORY, anywhere)
    return record.encode("shop/web@1", SPEC, SEEN, HISTORY, list(asked), decision)


def changed(**fields: Any) -> bytes:
    return json.dumps(json.loads(line()) | fields).encode()


def test_all_that_was_given_is_read_again() -> None:
    asked = record.Asked("home", 2, 1, "full")
    read = record.decode(line(asked))
    assert (read.kind, read.id, read.version, read.spec, read.history) == ("decision", "shop/web@1", 1, SPEC, HISTORY)
    assert record.observation(read) == SEEN
    assert read.rooms == [asked]


def test_the_answer_is_the_decision_without_what_is_remembered() -> None:
    decision = plan(SPEC, SEEN, HISTORY, anywhere)
    answer = record.answer(decision)
    assert json.loads(msgspec.json.encode(answer)) == json.loads(line())["decision"]
    assert "history" not in answer
    assert "unmoved" not in answer
    assert answer["wanted"]["home"] == decision.wanted.home == 2  # 2000/1000 · 1
    assert record.replay(record.decode(line())) == decision


def test_what_is_not_said_takes_no_place() -> None:
    told = json.loads(line())
    assert told["readings"][1:] == [
        {"type": "Total", "milli": 1500, "timestamp_s": 95.0},
        {"type": "Unavailable", "reason": "FailedGetExternalMetric", "message": "503"},
    ]
    assert "readings" not in told["seen"]


def test_a_reading_that_says_nothing_more_is_the_plain_one() -> None:
    read = record.decode(changed(readings=[{"type": each} for each in ("PodValues", "Total", "Unavailable")]))
    assert record.observation(read).readings == (
        PodValues(samples={}),
        Total(milli=0),
        Unavailable(reason="", message=""),
    )


def test_rooms_are_asked_and_remembered() -> None:
    heard = record.Heard(lambda place, up_to: Fit(count=up_to - 1, why=f"{place} is full"), [])
    assert heard("cloud", 3) == Fit(count=2, why="cloud is full")
    assert heard.asked == [record.Asked("cloud", 3, 2, "cloud is full")]


def test_a_replay_gives_the_answers_that_were_heard() -> None:
    spec = replace(SPEC, over_edge=replace(SPEC.over_edge, places=("cloud",), max_replicas=1))
    heard = record.Heard(lambda _place, up_to: Fit(count=0, why=f"none of {up_to}"), [])
    decision = plan(spec, SEEN, HISTORY, heard)
    read = record.decode(record.encode("one", spec, SEEN, HISTORY, heard.asked, decision))
    assert decision.exhausted["Out"] == "home has no room: none of 1"
    assert record.replay(read) == decision


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"version": 2}, "version must be 1, got 2"),
        ({"kind": "moon"}, "Invalid enum value 'moon' - at `$.kind`"),
        ({"moon": 1}, "Object contains unknown field `moon`"),
        ({"seen": {"moon": 1}}, "seen.moon: there is no such field"),
        ({"seen": {"readings": []}}, "seen.readings: there is no such field"),
        ({"seen": {"home": "x"}}, "seen.home: Expected `int`, got `str`"),
        ({"readings": [{"type": "moon"}]}, "Invalid enum value 'moon' - at `$.readings[0].type`"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(RecordError) as caught:
        record.decode(changed(**fields))
    assert str(caught.value) == says


def test_a_missing_field_is_named() -> None:
    with pytest.raises(RecordError, match=r"^seen: .*'now_s'"):
        record.decode(changed(seen={}))


def test_what_is_no_json_is_none() -> None:
    with pytest.raises(RecordError, match=r"^not JSON: "):
        record.decode(b"{")


def test_a_question_that_nobody_asked_has_no_answer() -> None:
    spec = replace(SPEC, over_edge=replace(SPEC.over_edge, places=("cloud",), max_replicas=1))
    decision = plan(spec, SEEN, HISTORY, anywhere)
    read = record.decode(record.encode("one", spec, SEEN, HISTORY, [], decision))
    with pytest.raises(RecordError, match=r"^one: rooms: nobody recorded how many of 1 fit at 'home'$"):
        record.replay(read)
