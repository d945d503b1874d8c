"""What is meant where nothing is said, which values can be, and how a metric is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from autoscaler.planner import spec
from autoscaler.planner.errors import PlannerError, SpecError
from autoscaler.planner.spec import (
    Bounds,
    Forecast,
    Horizontal,
    Metric,
    MetricKind,
    OverEdge,
    Plausibility,
    Policy,
    Rules,
    Spec,
    Target,
    Vertical,
    VerticalMode,
)

TARGET = Target(kind="AverageValue", amount=1)


def test_defaults_of_the_horizontal_rules_are_those_of_kube_controller_manager() -> None:
    assert msgspec.to_builtins(Horizontal(max_replicas=1, metrics=())) == {
        "min_replicas": 1,
        "max_replicas": 1,
        "metrics": (),
        "up": None,
        "down": None,
        "tolerance": 0.1,
        "down_window_s": 300.0,
        "cpu_initialization_s": 300.0,
        "initial_readiness_s": 30.0,
        "scale_to_zero": True,
        "always_from_zero": False,
        "out_period_s": 0.0,
        "in_period_s": 0.0,
    }
    assert Rules() == Rules(select="Max", window_s=None, policies=(), tolerance=None)
    assert (
        Rules(
            select="Max",
            window_s=0.0,
            policies=(Policy(kind="Pods", value=4, period_s=15.0), Policy(kind="Percent", value=100, period_s=15.0)),
        )
        == spec.UP_DEFAULT
    )
    assert Rules(policies=(Policy(kind="Percent", value=100, period_s=15.0),)) == spec.DOWN_DEFAULT


def test_our_own_periods_are_three_minutes_out_and_five_in() -> None:
    assert (spec.SCALE_OUT_PERIOD_S, spec.SCALE_IN_PERIOD_S) == (180.0, 300.0)


def test_nothing_beyond_the_horizontal_rules_is_on_unless_asked_for() -> None:
    asked = Spec(horizontal=Horizontal(max_replicas=1, metrics=()))
    assert asked.vertical == Vertical(mode="Off", containers=())
    assert asked.over_edge == OverEdge(places=(), max_replicas=0, dwell_s=300.0)
    assert asked.forecast == Forecast(mode="Off", horizon_s=300.0, deviations=0.0)
    assert asked.plausibility == Plausibility(zero_holds_s=180.0, frozen_after_s=1800.0, stale_after_s=120.0)
    assert not asked.paused
    assert Bounds(container="app") == Bounds(container="app", least={}, most={}, step={})


@pytest.mark.parametrize(
    ("mode", "acts"), [("Off", False), ("Recommend", False), ("InPlace", True), ("Recreate", True)]
)
def test_only_two_modes_are_a_rung(mode: VerticalMode, acts: bool) -> None:
    assert Vertical(mode=mode).acts == acts


def horizontal(**changes: Any) -> Horizontal:
    plain: dict[str, Any] = {"max_replicas": 3, "metrics": ()}
    return Horizontal(**(plain | changes))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Target(kind="Value", amount=0), "target: Value must be > 0, got 0"),
        (lambda: Target(kind="Value", amount=-1), "target: Value must be > 0, got -1"),
        (lambda: horizontal(max_replicas=0, min_replicas=0), "maxReplicas must be >= 1, got 0"),
        (lambda: horizontal(min_replicas=-1), "minReplicas must be from 0 to maxReplicas 3, got -1"),
        (lambda: horizontal(min_replicas=4), "minReplicas must be from 0 to maxReplicas 3, got 4"),
        (lambda: horizontal(out_period_s=-1.0), "periodSeconds must be >= 0, got -1"),
        (lambda: horizontal(in_period_s=-0.5), "periodSeconds must be >= 0, got -0.5"),
        (lambda: horizontal(out_period_s=-1.0, in_period_s=5.0), "periodSeconds must be >= 0, got -1"),
    ],
)
def test_what_cannot_be_is_refused_with_field_and_value(make: Callable[[], object], says: str) -> None:
    with pytest.raises(SpecError) as caught:
        make()
    assert str(caught.value) == says


def test_the_smallest_and_the_widest_are_allowed() -> None:
    assert Target(kind="Value", amount=1).amount == 1
    assert horizontal(min_replicas=0, max_replicas=1).min_replicas == 0
    assert horizontal(min_replicas=3).min_replicas == 3


def test_wrong_input_ends_a_command_with_2() -> None:
    assert PlannerError.exit_code == 2


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("Resource", "cpu resource"),
        ("ContainerResource", "cpu container resource"),
        ("Prometheus", "query cpu"),
        ("Pods", "pods metric cpu"),
        ("Object", "object metric cpu"),
        ("External", "external metric cpu"),
    ],
)
def test_a_metric_is_called_as_events_of_an_hpa_call_it(kind: MetricKind, label: str) -> None:
    assert Metric(kind=kind, name="cpu", target=TARGET).label == label


def test_a_key_tells_metrics_apart_and_stays_what_it_is() -> None:
    cpu = Metric(kind="Resource", name="cpu", target=TARGET)
    assert cpu.container == ""
    others = (
        Metric(kind="Pods", name="cpu", target=TARGET),
        Metric(kind="Resource", name="memory", target=TARGET),
        Metric(kind="Resource", name="cpu", target=TARGET, container="app"),
    )
    assert len({each.key for each in (cpu, *others)}) == 4
    assert cpu.key == "f2dcde8b"  # CRC-32 of `Resource cpu `: checkpoints of running autoscalers have it
