"""Conformance vectors: all that are shared pass, and a line that is wrong says where and why."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autoscaler.decide.errors import DecideError
from autoscaler.decide.vectors import KINDS, answer, answers
from tests.conftest import ROOT

SHARED = ROOT.parent / "shared" / "conformance" / "autoscaler" / "hpa_vectors.jsonl"
FILE = Path(os.environ.get("EDGEWARD_VECTORS", SHARED))


@pytest.mark.skipif(not FILE.is_file(), reason=f"{FILE} is not there: the vectors of the HPA's rules were not replayed")
def test_all_vectors_are_answered_as_expected() -> None:
    lines = [line for line in FILE.read_bytes().splitlines() if line.strip()]
    wrong = [
        f"{vector['id']} {vector['kind']} {vector['name']}: {difference}"
        for vector, got in zip(map(json.loads, lines), answers(lines, where=str(FILE)), strict=True)
        if (difference := differs(vector["expected"], got["expected"]))
    ]
    assert wrong == []
    assert len(lines) >= 191


def differs(wanted: Mapping[str, Any], got: Mapping[str, Any]) -> str:
    """What is otherwise; a field that upstream does not check is null."""
    for name, value in wanted.items():
        have = got.get(name)
        if value is None:
            continue
        if name == "error_contains":
            same = isinstance(have, str) and value in have
        elif name == "conditions":
            same = isinstance(have, dict) and value.items() <= have.items()
        else:
            same = have == value
        if not same:
            return f"{name}: wanted {value!r}, got {have!r}"
    return ""


def vector(**changes: Any) -> bytes:
    plain = {"id": 7, "kind": "clamp_default", "current_replicas": 3, "desired": 9, "min": 1, "max": 8}
    return json.dumps({key: value for key, value in (plain | changes).items() if value is not ...}).encode()


def test_an_answer_has_the_vectors_id_and_fields() -> None:
    assert answer(vector()) == {"id": 7, "expected": {"replicas": 6, "reason": "ScaleUpLimit"}}  # 2 · 3


def test_what_was_expected_is_not_looked_at() -> None:
    assert answer(vector(expected={"replicas": 1})) == answer(vector())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "f:1: not JSON"),
        (b"[]", "f:1: the line must be an object, got []"),
        (vector(kind="clamp"), "f:1: kind must be one of behavior_rate, "),
        (vector(kind=...), "f:1: kind is missing: wanted a text"),
        (vector(id=...), "f:1: id is missing"),
        (vector(max=...), "f:1: max is missing: wanted a whole number"),
        (vector(max=None), "f:1: max must not be null: wanted a whole number"),
        (vector(max="8"), "f:1: max must be a whole number, got '8'"),
        (vector(max=True), "f:1: max must be a whole number, got True"),
        (
            vector(kind="stabilize_default", window_s=1, recommendations=[{"replicas": 1}]),
            "f:1: recommendations[0].rel_s is missing",
        ),
        (
            vector(kind="stabilize_default", window_s=1, recommendations=[4]),
            "f:1: recommendations[0] must be an object, got 4",
        ),
        (
            vector(kind="scale_up_limit", rules={"selectPolicy": "Most"}),
            "f:1: rules.selectPolicy must be Max, Min or Disabled, got 'Most'",
        ),
        (
            vector(kind="scale_up_limit", rules={"policies": [{"type": "Pod"}]}),
            "f:1: rules.policies[0].type must be Pods or Percent, got 'Pod'",
        ),
        (vector(kind="external", metric_levels_milli=[1, "2"]), "f:1: metric_levels_milli[1] must be a whole number"),
        (vector(kind="controller", target=0, metrics=[{"type": "Pods", "value_milli": 0}]), "f:1: target: "),
    ],
)
def test_a_wrong_line_names_itself_the_field_and_the_value(line: bytes, says: str) -> None:
    with pytest.raises(DecideError) as error:
        list(answers([line], where="f"))
    assert str(error.value).startswith(says)


def test_what_comes_before_a_wrong_line_is_answered() -> None:
    found = answers([vector(), b" ", b"}"], where="f")
    assert next(found)["id"] == 7
    with pytest.raises(DecideError, match="f:3: "):
        next(found)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_refuses_an_empty_record_with_a_clear_word(kind: str) -> None:
    with pytest.raises(DecideError, match=r"f:1: \S+ (is missing|must)"):
        list(answers([json.dumps({"id": 1, "kind": kind}).encode()], where="f"))


def controller(**changes: Any) -> dict[str, Any]:
    plain = {
        "id": 1,
        "kind": "controller",
        "min": 2,
        "max": 6,
        "current_replicas": 3,
        "status_replicas": 3,
        "cpu_target_percent": 30,
        "metrics": [],
        "pod_requests_milli": [1000, 1000, 1000],
        "levels_milli": [300, 500, 700],
        "selector": "ok",
    }
    found: dict[str, Any] = answer(json.dumps(plain | changes).encode())["expected"]
    return found


def test_a_pass_scales_and_says_so() -> None:
    assert controller() == {
        "replicas": 5,  # 1500/3000 = 50 %, 50/30 · 3 = 5
        "metric_computed": True,
        "conditions": {
            "AbleToScale": "True/SucceededRescale",
            "ScalingActive": "True/ValidMetricFound",
            "ScalingLimited": "False/DesiredWithinRange",
        },
        "conditions_absent": ["ScaledToZero"],
    }


@pytest.mark.parametrize(
    ("changes", "replicas", "computed", "condition"),
    [
        ({"selector": ""}, 3, False, ("ScalingActive", "False/InvalidSelector")),
        ({"selector": None}, 3, False, ("ScalingActive", "False/InvalidSelector")),
        ({"selector": "cheddar cheese"}, 3, False, ("ScalingActive", "False/InvalidSelector")),
        ({"selector": "ambiguous"}, 3, False, ("ScalingActive", "False/AmbiguousSelector")),
        ({"inject": "get scale error"}, 3, False, ("AbleToScale", "False/FailedGetScale")),
        ({"inject": "update scale error"}, 3, True, ("AbleToScale", "False/FailedUpdateScale")),
        ({"inject": "metric fetch error"}, 3, True, ("ScalingActive", "False/FailedGetResourceMetric")),
        ({"levels_milli": []}, 3, True, ("ScalingActive", "False/FailedGetResourceMetric")),
        (
            {"pod_requests_milli": None, "status_replicas": 0},
            3,
            True,
            ("ScalingActive", "False/FailedGetResourceMetric"),
        ),
        ({"current_replicas": 9}, 6, False, ("AbleToScale", "True/SucceededRescale")),
        ({"current_replicas": 1}, 2, False, ("AbleToScale", "True/SucceededRescale")),
        ({"current_replicas": 0}, 0, False, ("ScalingActive", "False/ScalingDisabled")),
    ],
)
def test_what_a_pass_meets_shows_in_its_conditions(
    changes: Mapping[str, Any], replicas: int, computed: bool, condition: tuple[str, str]
) -> None:
    found = controller(**changes)
    assert (found["replicas"], found["metric_computed"]) == (replicas, computed)
    assert condition in found["conditions"].items()
