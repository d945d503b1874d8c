"""The status: written by field names, read back whatever somebody left there."""

from __future__ import annotations

from autoscaler.api.v1alpha1.quantities import quantity
from autoscaler.api.v1alpha1.status import (
    Condition,
    Current,
    ExternalStatus,
    Identifier,
    LastDecision,
    MetricStatus,
    Status,
    read_status,
)

NOW = "2025-01-01T00:00:00Z"
STATUS = Status(
    observed_generation=3,
    current_replicas=4,
    desired_replicas=6,
    home_replicas=4,
    beyond_replicas={"cloud": 2},
    rung="OverEdge",
    size={"app": {"cpu": quantity(1500), "memory": "1Gi"}},
    targets="queue: 30/10",
    current_metrics=(
        MetricStatus(
            type="External",
            external=ExternalStatus(metric=Identifier(name="queue"), current=Current(average_value=quantity(-30_500))),
        ),
    ),
    conditions=(
        Condition(type="AbleToScale", status="True", reason="ReadyForNewScale", message="m", last_transition_time=NOW),
    ),
    last_decision=LastDecision(time=NOW, step="OverEdge", before="4", after="6", why="w", wish=7, desired=6),
    last_scale_time=NOW,
    selector="app=web",
    checkpoint="1:x",
)


def test_it_is_written_with_kubernetes_names_and_without_what_is_not_known() -> None:
    assert STATUS.as_json() == {
        "observedGeneration": 3,
        "currentReplicas": 4,
        "desiredReplicas": 6,
        "homeReplicas": 4,
        "beyondReplicas": {"cloud": 2},
        "rung": "OverEdge",
        "size": {"app": {"cpu": "1500m", "memory": "1Gi"}},
        "targets": "queue: 30/10",
        "currentMetrics": [
            {"type": "External", "external": {"metric": {"name": "queue"}, "current": {"averageValue": "-30500m"}}}
        ],
        "conditions": [
            {
                "type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale", "message": "m",
                "lastTransitionTime": NOW,
            }
        ],
        "lastDecision": {
            "time": NOW, "step": "OverEdge", "before": "4", "after": "6", "why": "w", "wish": 7, "desired": 6,
        },
        "lastScaleTime": NOW,
        "selector": "app=web",
        "checkpoint": "1:x",
    }  # fmt: skip


def test_what_was_written_is_read_back() -> None:
    assert read_status({"status": STATUS.as_json()}) == STATUS


def test_what_is_not_understood_is_as_if_it_were_not_there() -> None:
    came = {**STATUS.as_json(), "rung": "Sideways", "currentMetrics": [{"type": 1}], "new": True}
    status = read_status({"status": came})
    assert status == STATUS.model_copy(update={"rung": None, "current_metrics": None})


def test_no_status_is_an_empty_one() -> None:
    assert read_status({}) == read_status({"status": None}) == read_status({"status": "x"}) == Status()
