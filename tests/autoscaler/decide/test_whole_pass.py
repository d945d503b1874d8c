"""Whole passes asked for as vectors: what the fixtures mean, and what each rule makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from autoscaler.decide.errors import DecideError
from autoscaler.decide.vectors import answer

THREE = [1000, 1000, 1000]
HOUR_OLD = {"replicas": 9, "rel_s": -3600}
EIGHTFOLD = {
    "selectPolicy": "Max",
    "stabilizationWindowSeconds": 0,
    "policies": [{"type": "Percent", "value": 700, "periodSeconds": 60}],
}
READY, RESCALED = ("AbleToScale", "True/ReadyForNewScale"), ("AbleToScale", "True/SucceededRescale")
STABILIZED = ("AbleToScale", "True/ScaleDownStabilized")
TOO_MANY, TOO_FEW = ("ScalingLimited", "True/TooManyReplicas"), ("ScalingLimited", "True/TooFewReplicas")
DISABLED, TO_ZERO = ("ScalingActive", "False/ScalingDisabled"), ("ScaledToZero", "True/ScaledToZero")
NOT_TO_ZERO = ("ScaledToZero", "False/NotScaledToZero")


def a_pass(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": 1,
        "kind": "controller",
        "min": 1,
        "max": 10,
        "current_replicas": 3,
        "status_replicas": 3,
        "cpu_target_percent": 50,
        "metrics": [],
        "pod_requests_milli": THREE,
        "levels_milli": [500, 500, 500],
        "recommendations": [],
        "tolerance": {"scale_down": 0.1, "scale_up": 0.1},
        "cpu_initialization_period_s": 120,
        "delay_of_initial_readiness_status_s": 10,
        "selector": "ok",
    }
    found: dict[str, Any] = answer(json.dumps(plain | changes).encode())["expected"]
    return found


def of(kind: str, target: int, *levels: int, average: bool = False, **changes: Any) -> dict[str, Any]:
    """A pass over one metric that is none of CPU."""
    metric = {"type": kind, "average_value_milli" if average else "value_milli": target}
    return {"cpu_target_percent": None, "metrics": [metric], "levels_milli": list(levels)} | changes


@pytest.mark.parametrize(
    ("changes", "replicas", "condition"),
    [
        ({"levels_milli": [900, 900, 900]}, 6, RESCALED),  # 90/50 · 3 = 5.4
        ({"levels_milli": [900, 900, 900], "max": 5}, 5, TOO_MANY),
        ({"levels_milli": [100, 100, 100], "min": 2}, 2, TOO_FEW),  # 10/50 · 3 = 0.6
        ({"levels_milli": [100, 100, 100], "recommendations": None}, 3, STABILIZED),  # 3 was remembered first
        ({"levels_milli": [100, 100, 100], "recommendations": [HOUR_OLD]}, 1, RESCALED),
        ({"recommendations": [{"replicas": 5, "rel_s": -60}]}, 5, RESCALED),  # out, though nothing asks for it
        ({"levels_milli": [900, 900, 900], "pod_ready": ["True", "False", "False"]}, 3, READY),  # 30 % with zeros
        ({"levels_milli": [900, 900, 900], "pod_start": ["cool", "hot", "hot"]}, 3, READY),
        ({"levels_milli": [900, 900, 900], "pod_phase": ["Running", "Failed", "Failed"]}, 2, RESCALED),  # 1.8 · 1
        ({"levels_milli": [900, 900, 900], "pod_deleting": [0, 0, 1]}, 4, RESCALED),  # 1.8 · 2 = 3.6
        ({"levels_milli": [900, 900, 900, 900]}, 6, RESCALED),  # the fourth is nobody's
        ({"status_replicas": 4, "pod_requests_milli": [1000] * 4, "levels_milli": [500] * 4}, 3, READY),
        (of("Pods", 400, 500, 700, 600, average=True), 5, RESCALED),  # 600/400 · 3 = 4.5
        (of("Object", 1000, 1500), 5, RESCALED),
        (of("Object", 1000, 4000, average=True), 4, RESCALED),
        (of("External", 1000, 700, 800), 5, RESCALED),  # they are summed
        (of("External", 1000, 0, min=0), 0, RESCALED),
        ({"max": 30, "scale_up": EIGHTFOLD, "levels_milli": [9000] * 3}, 24, ("ScalingLimited", "True/ScaleUpLimit")),
        ({"max": 20, "scale_up": EIGHTFOLD, "levels_milli": [9000] * 3}, 20, TOO_MANY),
        (
            {"levels_milli": [530, 530, 530], "tolerance": {"scale_down": 0.1, "scale_up": 0.05}},
            4,
            RESCALED,
        ),  # 1.06 · 3
        ({"levels_milli": [100, 100, 100], "tolerance": {"scale_down": 0.9, "scale_up": 0.1}}, 3, READY),
        ({"levels_milli": [900] * 3, "inject": "update conflict once"}, 6, RESCALED),
    ],
)
def test_a_pass_over_its_fixtures(changes: Mapping[str, Any], replicas: int, condition: tuple[str, str]) -> None:
    found = a_pass(**changes)
    assert found["replicas"] == replicas
    assert condition in found["conditions"].items()
    assert found["metric_computed"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"inject": "metric fetch error"}, "FailedGetResourceMetric"),
        (of("Pods", 1, average=True), "FailedGetPodsMetric"),
        (of("Object", 1), "FailedGetObjectMetric"),
        (of("External", 1), "FailedGetExternalMetric"),
        (of("External", 1, 5, inject="external fetch error"), "FailedGetExternalMetric"),
        (of("Cheese", 1, 5), "InvalidMetricSourceType"),
        ({"levels_milli": [100] * 3, "metrics": [{"type": "Cheese"}]}, "InvalidMetricSourceType"),
    ],
)
def test_without_a_metric_nothing_goes_in(changes: Mapping[str, Any], reason: str) -> None:
    found = a_pass(**changes)
    assert found["replicas"] == 3
    assert found["conditions"]["ScalingActive"] == f"False/{reason}"


def test_one_metric_that_fails_stops_no_way_out() -> None:
    assert a_pass(levels_milli=[900] * 3, metrics=[{"type": "Cheese"}])["replicas"] == 6


@pytest.mark.parametrize(("current", "replicas"), [(0, 0), (1, 2), (11, 10)])
def test_out_of_bounds_no_selector_is_looked_at(current: int, replicas: int) -> None:
    found = a_pass(current_replicas=current, min=2, selector="ambiguous")
    assert (found["replicas"], found["metric_computed"]) == (replicas, False)


@pytest.mark.parametrize("selector", ["ambiguous", "overlaps with another"])
def test_pods_that_others_select_are_not_scaled(selector: str) -> None:
    assert a_pass(selector=selector)["conditions"]["ScalingActive"] == "False/AmbiguousSelector"


def from_zero(*, gate: bool | None = True, initial: bool | None = True, **changes: Any) -> dict[str, Any]:
    asked = of("Object", 1000, 1500) | {"min": 0, "current_replicas": 0, "status_replicas": 0}
    gates = {} if gate is None else {"gate_scale_to_zero": gate, "scaled_to_zero_initial": initial}
    return a_pass(**asked | gates | {"pod_requests_milli": None} | changes)


@pytest.mark.parametrize(
    ("changes", "replicas", "condition"),
    [
        ({}, 2, NOT_TO_ZERO),  # 1.5
        ({"initial": None}, 0, DISABLED),
        ({"initial": False}, 0, DISABLED),
        ({"initial": False}, 0, NOT_TO_ZERO),
        ({"gate": False}, 0, DISABLED),
        ({"gate": None}, 2, RESCALED),
        ({"gate": None, "min": 1}, 0, DISABLED),
        ({"min": 4}, 4, TOO_FEW),
        ({"metrics": [{"type": "Cheese"}]}, 0, DISABLED),
        ({"metrics": [{"type": "Cheese"}]}, 0, TO_ZERO),
        ({"current_replicas": 3, "status_replicas": 3, "levels_milli": [0]}, 0, TO_ZERO),
        ({"current_replicas": 3, "status_replicas": 3, "levels_milli": [0], "min": 1}, 1, NOT_TO_ZERO),
    ],
)
def test_who_leaves_zero_and_who_goes_there(
    changes: Mapping[str, Any], replicas: int, condition: tuple[str, str]
) -> None:
    found = from_zero(**changes)
    assert found["replicas"] == replicas
    assert condition in found["conditions"].items()


@pytest.mark.parametrize(
    ("changes", "absent"),
    [({"gate": False}, True), ({"gate": None}, True), ({"initial": None}, True), ({"initial": True}, False)],
)
def test_a_condition_that_is_not_there_is_said_to_be_absent(changes: Mapping[str, Any], absent: bool) -> None:
    assert (from_zero(**changes).get("conditions_absent") == ["ScaledToZero"]) is absent


def test_a_scale_that_is_not_written_leaves_the_condition_as_it_was() -> None:
    found = from_zero(inject="update scale error")
    assert (found["replicas"], found["conditions"]["ScaledToZero"]) == (0, "True/ScaledToZero")


def test_a_resource_among_the_metrics_is_refused() -> None:
    with pytest.raises(DecideError, match=r"metrics\[0\]\.type must be none of a resource"):
        a_pass(metrics=[{"type": "ContainerResource"}])


@pytest.mark.parametrize("kind", ["object", "external", "perpod-object", "perpod-external"])
def test_no_levels_at_all_are_an_error(kind: str) -> None:
    line = {"id": 1, "kind": kind, "current_replicas": 2, "target": {"milli": 5}, "metric_levels_milli": []}
    found = answer(json.dumps(line).encode())["expected"]
    assert found == {"error_contains": "no metrics returned from external metrics API"}


def test_the_last_minute_is_counted_whatever_the_rules_look_at() -> None:
    line = {
        "id": 1,
        "kind": "store_scale_events",
        "replica_change": 4,
        "rules": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 30}]},
        "prev_events": [{"change": 2, "rel_s": -59}, {"change": 8, "rel_s": -60}],
    }
    found = answer(json.dumps(line).encode())["expected"]
    assert found["change_in_last_60s_before"] == 2  # not as old as a minute
    assert found["events_after"] == [{"change": 2, "outdated": True}, {"change": 4, "outdated": False}]
