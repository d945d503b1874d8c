"""What a decision says of itself, with the numbers that decided."""

from __future__ import annotations

import pytest

from autoscaler.planner import words
from autoscaler.planner.decision import MetricStatus, Wanted
from autoscaler.planner.ladder import Stand
from autoscaler.planner.observation import Observation, Size
from autoscaler.planner.spec import Metric, MetricKind, Target, TargetKind

BASE: Size = {"app": {"cpu": 500, "memory": 1024 * 1000}, "log": {"cpu": 100}}


def metric(kind: MetricKind, name: str, target: TargetKind, amount: int) -> Metric:
    return Metric(kind=kind, name=name, target=Target(kind=target, amount=amount))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(home=0), "0 replicas"),
        (Wanted(home=1), "1 replica"),
        (Wanted(home=2), "2 replicas"),
        (Wanted(home=4, beyond={"neighbor": 2, "cloud": 0}), "4 replicas, 2 at neighbor"),
        (Wanted(home=4, beyond={"neighbor": 1, "cloud": 3}), "4 replicas, 1 at neighbor, 3 at cloud"),
        (Wanted(home=2, size={"app": {"cpu": 750}, "log": {"cpu": 100}}), "2 replicas, app cpu 750m"),
        (Wanted(home=2, size=BASE), "2 replicas"),
        (
            Wanted(home=2, beyond={"cloud": 1}, size={"log": {"cpu": 1000}, "app": {"memory": 2048 * 1000}}),
            "2 replicas, 1 at cloud, app memory 2Ki, log cpu 1",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_state_is_told_by_what_is_not_as_it_was(wanted: Wanted, said: str) -> None:
    assert words.sentence(wanted, BASE) == said


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        (
            metric("Resource", "cpu", "Utilization", 70),
            MetricStatus(label="cpu resource", replicas=6, utilization=142, milli=710),
            "cpu resource 142% of 70%: 6",
        ),
        (
            metric("Resource", "cpu", "AverageValue", 500),
            MetricStatus(label="cpu resource", replicas=0, milli=1500),
            "cpu resource 1500m of 500m: 0",
        ),
        (
            metric("ContainerResource", "memory", "AverageValue", 1024 * 1000),
            MetricStatus(label="memory container resource", replicas=3, milli=3 * 1024 * 1000),
            "memory container resource 3Ki of 1Ki: 3",
        ),
        (
            metric("Pods", "rps", "AverageValue", 10_000),
            MetricStatus(label="pods metric rps", replicas=2, milli=12_500),
            "pods metric rps 12.5 of 10: 2",
        ),
        (
            metric("External", "queue", "Value", 1000),
            MetricStatus(label="external metric queue", replicas=2),
            "external metric queue ? of 1: 2",
        ),
        (
            metric("Resource", "cpu", "Utilization", 70),
            MetricStatus(label="cpu resource", replicas=2),
            "cpu resource ? of 70m: 2",
        ),
        (
            metric("Pods", "rps", "AverageValue", 10_000),
            MetricStatus(label="pods metric rps", replicas=None, problem="503", reason="FailedGetPodsMetric"),
            "pods metric rps: 503",
        ),
        (
            metric("Pods", "rps", "AverageValue", 10_000),
            MetricStatus(label="pods metric rps", replicas=None, reason="FailedGetPodsMetric"),
            "pods metric rps: FailedGetPodsMetric",
        ),
    ],
)
def test_a_metric_is_told_beside_its_target(asked: Metric, status: MetricStatus, said: str) -> None:
    assert words.numbers((status,), (asked,)) == said


def test_metrics_are_told_in_their_order() -> None:
    asked = metric("Pods", "rps", "AverageValue", 1000)
    statuses = tuple(MetricStatus(label=label, replicas=1, milli=1000) for label in ("a", "b"))
    assert words.numbers(statuses, (asked, asked)) == "a 1 of 1: 1, b 1 of 1: 1"
    assert words.numbers((), (asked,)) == ""


def test_waiting_is_told_with_what_is_wished_for_and_what_is_there() -> None:
    seen = Observation(now_s=0.0, home=4, status_replicas=6, pods=(), readings=(), beyond={"cloud": 2})
    there = Stand(seen=seen, size=BASE, base=BASE, resource="cpu", wish=9)
    said = words.waiting(there, "outward", 42.4)
    assert said == "9 wished for, 6 there: the next step outward may come in 42 s"
