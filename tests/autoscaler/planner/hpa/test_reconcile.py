"""Rules 3–9, 33–36: branches, several metrics, scale to zero, and the laws of a whole pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner.history import History, Recommendation
from autoscaler.planner.hpa.reconcile import Outcome, reconcile, rescaled
from autoscaler.planner.observation import PodValues, Reading, Total, Unavailable
from autoscaler.planner.spec import UP_DEFAULT, Horizontal, Metric, MetricKind, Rules
from tests.autoscaler.planner.hpa.parts import NOW_S, busy, cpu, horizontal, metric, observation, pods

FRESH = History(started=True)
GONE = Unavailable(reason="FailedGetResourceMetric", message="503")


def run(
    *readings: Reading,
    count: int = 3,
    asked: Horizontal | None = None,
    history: History = FRESH,
    floor: int = 0,
    **seen: Any,
) -> Outcome:
    there = observation(pods(count), *readings, home=count, **seen)
    return reconcile(asked or horizontal(), there, history, current=count, floor=floor)


def shown(outcome: Outcome) -> dict[str, str]:
    return {each.type: f"{each.status}/{each.reason}" for each in outcome.conditions}


def test_above_target_scales_out_and_says_by_which_metric() -> None:
    outcome = run(busy(1000, 1000, 1000))
    assert (outcome.proposal, outcome.desired, outcome.computed) == (6, 6, True)
    assert outcome.reason == "cpu resource utilization (percentage of request) above target"
    assert shown(outcome) == {
        "AbleToScale": "True/ReadyForNewScale",
        "ScalingActive": "True/ValidMetricFound",
        "ScalingLimited": "False/DesiredWithinRange",
    }


def test_below_target_scales_in() -> None:
    outcome = run(busy(100, 100, 100))
    assert (outcome.desired, outcome.reason) == (1, "All metrics below target")


@pytest.mark.parametrize(
    ("count", "desired", "reason"),
    [
        (9, 6, "Current number of replicas above Spec.MaxReplicas"),
        (1, 2, "Current number of replicas below Spec.MinReplicas"),
    ],
)
def test_outside_the_bounds_no_metric_is_asked(count: int, desired: int, reason: str) -> None:
    asked = horizontal(min_replicas=2, max_replicas=6)
    outcome = run(GONE, count=count, asked=asked, selector="InvalidSelector")
    assert (outcome.desired, outcome.reason, outcome.computed) == (desired, reason, False)
    assert shown(outcome) == {"AbleToScale": "True/SucceededGetScale"}


def test_at_the_bounds_metrics_are_asked() -> None:
    asked = horizontal(min_replicas=3, max_replicas=3)
    assert run(busy(1000, 1000, 1000), asked=asked).computed


def test_a_workload_without_pods_is_left_alone() -> None:
    outcome = run(busy(), count=0)
    assert (outcome.proposal, outcome.desired, outcome.reason, outcome.metrics) == (0, 0, "", ())


def test_a_change_keeps_the_other_conditions() -> None:
    outcome = run(busy(1000, 1000, 1000))
    made = rescaled(outcome.conditions, horizontal(), current=3, desired=6)
    assert [each.type for each in made] == ["AbleToScale", "ScaledToZero", "ScalingActive", "ScalingLimited"]


def test_a_selector_that_cannot_be_used_holds() -> None:
    outcome = run(busy(1000), count=3, selector="AmbiguousSelector", selector_message="two of them")
    assert (outcome.desired, shown(outcome)["ScalingActive"]) == (3, "False/AmbiguousSelector")
    assert outcome.conditions[-1].message == "two of them"


TWO = horizontal(cpu(), metric("External", 1000, "Value", name="queue"))


@pytest.mark.parametrize(
    ("readings", "desired", "active"),
    [
        ((busy(1000, 1000, 1000), Total(milli=1000)), 6, "True/ValidMetricFound"),
        ((busy(100, 100, 100), Total(milli=2000)), 6, "True/ValidMetricFound"),  # 2 · 3
        ((GONE, Total(milli=2000)), 6, "True/ValidMetricFound"),  # one is missing: out,
        ((GONE, Total(milli=1000)), 3, "True/ValidMetricFound"),  # or stay,
        ((GONE, Total(milli=300)), 3, "False/FailedGetResourceMetric"),  # but never in
        ((busy(100, 100, 100), Unavailable(reason="X", message="y")), 3, "False/X"),
        ((GONE, Unavailable(reason="X", message="y")), 3, "False/FailedGetResourceMetric"),  # the first one's
    ],
)
def test_the_largest_wish_counts_and_a_missing_one_forbids_in(
    readings: tuple[Reading, ...], desired: int, active: str
) -> None:
    outcome = run(*readings, asked=TWO)
    assert (outcome.desired, shown(outcome)["ScalingActive"]) == (desired, active)


def test_what_failed_is_told_of_each_metric() -> None:
    outcome = run(GONE, Total(milli=2000), asked=TWO)
    assert [(each.label, each.replicas, each.reason) for each in outcome.metrics] == [
        ("cpu resource", None, "FailedGetResourceMetric"),
        ("external metric queue", 6, ""),
    ]
    assert outcome.metrics[0].problem == "failed to get cpu utilization: 503"
    assert outcome.reason == "external metric queue above target"


@pytest.mark.parametrize(
    ("asked", "reading", "says"),
    [
        (cpu(), PodValues(samples={}), "failed to get cpu utilization: unable to get metrics for resource cpu: no "),
        (metric("Pods", 1), PodValues(samples={}), "unable to get metric m: no metrics returned"),
        (cpu(), Total(milli=1), "cpu resource: wanted a number for each pod, got one in all"),
        (metric("Object", 1), busy(1), "object metric m: wanted one number of Object, got one for each pod"),
    ],
)
def test_an_answer_of_another_shape_is_a_missing_metric(asked: Metric, reading: Reading, says: str) -> None:
    outcome = run(reading, asked=horizontal(asked))
    assert outcome.desired == 3
    assert outcome.metrics[0].problem.startswith(says)


@pytest.mark.parametrize(
    ("asked", "reading", "desired"),
    [
        (metric("Resource", 500, name="cpu"), busy(1000, 1000, 1000), 6),
        (metric("ContainerResource", 500, name="cpu"), busy(1000, 1000, 1000), 6),
        (metric("Pods", 500), busy(1000, 1000, 1000), 6),
        (metric("Object", 500), Total(milli=3000), 6),  # 3000/500
        (metric("Object", 1500, "Value"), Total(milli=3000), 6),  # 2 · 3
        (metric("External", 500), Total(milli=3000), 6),
        (metric("Prometheus", 500), Total(milli=3000), 6),
        (metric("Prometheus", 1500, "Value"), Total(milli=3000), 6),
    ],
)
def test_every_kind_of_metric_scales(asked: Metric, reading: Reading, desired: int) -> None:
    assert run(reading, asked=horizontal(asked)).desired == desired


QUEUE = metric("External", 1000, "Value", name="queue")


@pytest.mark.parametrize(
    ("least", "metrics", "was_zero", "gate", "desired"),
    [
        (0, (QUEUE,), True, True, 3),
        (0, (QUEUE,), False, True, None),  # somebody scaled it to zero
        (0, (QUEUE,), True, False, None),
        (0, (QUEUE, cpu()), True, True, 3),
        (0, (cpu(),), True, True, None),  # nothing can be said of a workload without pods
        (2, (QUEUE,), True, True, 3),
        (2, (cpu(),), True, True, 0),  # computed, and CPU has no answer: hold
        (2, (QUEUE,), False, True, None),
    ],
)
def test_zero_is_left_only_where_the_autoscaler_went_there(
    least: int, metrics: tuple[Metric, ...], was_zero: bool, gate: bool, desired: int | None
) -> None:
    asked = horizontal(*metrics, min_replicas=least, scale_to_zero=gate)
    readings = [Total(milli=2500) if each == QUEUE else PodValues(samples={}) for each in metrics]
    outcome = run(*readings, count=0, asked=asked, scaled_to_zero=was_zero)
    disabled = shown(outcome).get("ScalingActive") == "False/ScalingDisabled"
    assert disabled == (desired is None)
    assert outcome.desired == (desired or 0)
    assert outcome.drops_scaled_to_zero == (disabled and not gate)


@pytest.mark.parametrize("kind", ["Object", "External", "Prometheus"])
def test_what_needs_no_pods_leads_out_of_zero(kind: MetricKind) -> None:
    asked = horizontal(metric(kind, 1000, "Value"), min_replicas=0)
    assert run(Total(milli=2500), count=0, asked=asked, scaled_to_zero=True).desired == 3


def test_leaving_zero_reaches_at_least_the_minimum() -> None:
    asked = horizontal(QUEUE, min_replicas=2)
    low = run(Total(milli=10), count=0, asked=asked, scaled_to_zero=True)
    assert (low.desired, low.reason) == (2, "external metric queue above target")
    none = run(Total(milli=0), count=0, asked=asked, scaled_to_zero=True)
    assert (none.desired, none.reason) == (2, "")  # the limits of rule 38 do it
    rated = run(Total(milli=0), count=0, asked=replace(asked, up=UP_DEFAULT), scaled_to_zero=True)
    assert (rated.desired, rated.reason) == (2, "Current number of replicas below Spec.MinReplicas")


def test_before_the_gate_zero_was_left_by_any_metric() -> None:
    asked = horizontal(QUEUE, min_replicas=0, always_from_zero=True)
    assert run(Total(milli=2500), count=0, asked=asked).desired == 3
    assert run(Total(milli=2500), count=0, asked=replace(asked, min_replicas=1)).desired == 0


@pytest.mark.parametrize(
    ("current", "desired", "asked", "condition"),
    [
        (3, 0, horizontal(QUEUE, min_replicas=0), "True/ScaledToZero"),
        (3, 0, horizontal(cpu(), min_replicas=0), "False/NotScaledToZero"),
        (3, 1, horizontal(QUEUE, min_replicas=0), "False/NotScaledToZero"),
        (0, 3, horizontal(QUEUE, min_replicas=0), "False/NotScaledToZero"),
        (0, 0, horizontal(QUEUE, min_replicas=0), "False/NotScaledToZero"),
        (1, 0, horizontal(cpu(), QUEUE, min_replicas=0), "True/ScaledToZero"),  # one that has no pods is enough
        (3, 0, horizontal(QUEUE, min_replicas=0, scale_to_zero=False), None),
    ],
)
def test_a_change_says_whether_it_went_to_zero(
    current: int, desired: int, asked: Horizontal, condition: str | None
) -> None:
    made = {c.type: f"{c.status}/{c.reason}" for c in rescaled((), asked, current=current, desired=desired)}
    assert made.get("ScaledToZero") == condition
    assert made["AbleToScale"] == "True/SucceededRescale"


def test_a_floor_only_raises_what_metrics_propose() -> None:
    assert run(busy(500, 500, 500), floor=5).desired == 5
    assert run(busy(500, 500, 500), floor=5).reason == "forecast above target"
    assert run(busy(1000, 1000, 1000), floor=5).desired == 6
    assert run(GONE, floor=5).desired == 3


def test_limits_show_in_a_condition() -> None:
    outcome = run(busy(5000, 5000, 5000))
    assert (outcome.proposal, outcome.desired) == (30, 6)
    assert shown(outcome)["ScalingLimited"] == "True/ScaleUpLimit"
    with_behavior = run(busy(5000, 5000, 5000), asked=horizontal(up=UP_DEFAULT))
    assert (with_behavior.desired, shown(with_behavior)["ScalingLimited"]) == (7, "True/ScaleUpLimit")  # 3 + 4


def test_an_older_higher_wish_scales_out_only_without_behavior() -> None:
    """Rule 37, derived vectors 1016 and 1017."""
    wished = History(recommendations=(Recommendation(10, NOW_S - 60),), started=True)
    plain = run(busy(500, 500, 500), history=wished)
    assert (plain.desired, plain.reason, shown(plain)["AbleToScale"]) == (6, "", "True/ScaleDownStabilized")
    held = run(busy(500, 500, 500), history=wished, asked=horizontal(down=Rules(window_s=300.0)))
    assert held.desired == 3


def test_a_restart_scales_nothing_in() -> None:
    outcome = run(busy(100, 100, 100), history=History())
    assert (outcome.desired, shown(outcome)["AbleToScale"]) == (3, "True/ScaleDownStabilized")


LEVELS = st.lists(st.one_of(st.none(), st.integers(0, 9000)), min_size=1, max_size=9)
ASKED = st.builds(
    lambda least, more, up, down: horizontal(min_replicas=least, max_replicas=least + more, up=up, down=down),
    st.integers(1, 5),
    st.integers(0, 12),
    st.sampled_from([None, UP_DEFAULT]),
    st.sampled_from([None, Rules(window_s=60.0)]),
)
WISHES = st.lists(st.builds(Recommendation, st.integers(0, 20), st.floats(NOW_S - 900, NOW_S)), max_size=5).map(tuple)


@given(levels=LEVELS, asked=ASKED, wishes=WISHES)
def test_the_answer_is_within_the_bounds(
    levels: list[int | None], asked: Horizontal, wishes: tuple[Recommendation, ...]
) -> None:
    count = len(levels)
    outcome = run(busy(*levels), count=count, asked=asked, history=History(recommendations=wishes, started=True))
    if outcome.computed or outcome.desired != count:
        assert asked.min_replicas <= outcome.desired <= asked.max_replicas


@given(levels=LEVELS, asked=ASKED)
def test_missing_data_never_scales_in(levels: list[int | None], asked: Horizontal) -> None:
    asked = replace(asked, metrics=(cpu(), QUEUE))
    count = min(max(len(levels), asked.min_replicas), asked.max_replicas)
    outcome = run(busy(*levels[:count]), Unavailable(reason="X", message="y"), count=count, asked=asked)
    assert outcome.desired >= count


@given(count=st.integers(1, 30), asked=ASKED)
def test_a_steady_state_is_kept(count: int, asked: Horizontal) -> None:
    count = min(max(count, asked.min_replicas), asked.max_replicas)
    first = run(busy(*([500] * count)), count=count, asked=asked, history=History())
    second = run(busy(*([500] * count)), count=count, asked=asked, history=first.history)
    assert (first.desired, second.desired) == (count, count)
