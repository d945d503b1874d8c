"""Rules 33–35: which metric counts, what each says of itself, and in which words it fails."""

from __future__ import annotations

import pytest

from autoscaler.planner.decision import MetricStatus
from autoscaler.planner.hpa.proposals import Combined, combined
from autoscaler.planner.observation import PodSeen, PodValues, Reading, Sample, Total, Unavailable
from autoscaler.planner.spec import Metric, Target
from tests.autoscaler.planner.hpa.parts import NOW_S, busy, cpu, horizontal, metric, observation, pod, pods, sample

FIRST, SECOND = metric("External", 1000, name="first"), metric("External", 1000, name="second")
GONE = Unavailable(reason="FailedGetExternalMetric", message="503")


def wished(*pairs: tuple[Metric, Reading], there: tuple[PodSeen, ...] = pods(3)) -> Combined:
    asked = horizontal(*(asked for asked, _ in pairs))
    return combined(asked, observation(there, *(reading for _, reading in pairs)), current=len(there))


@pytest.mark.parametrize(
    ("first", "second", "replicas", "name"),
    [
        (5000, 4000, 5, "external metric first"),
        (4000, 5000, 5, "external metric second"),
        (5000, 5000, 5, "external metric first"),  # the first of equals
        (1000, 0, 1, "external metric first"),
        (0, 1000, 1, "external metric second"),
        (0, 0, 0, "external metric second"),  # a wish for none gives way to any other
    ],
)
def test_the_largest_proposal_counts(first: int, second: int, replicas: int, name: str) -> None:
    found = wished((FIRST, Total(milli=first)), (SECOND, Total(milli=second)))
    assert (found.replicas, found.metric) == (replicas, name)


def test_a_success_tells_of_no_problem() -> None:
    found = wished((FIRST, Total(milli=5000)), (SECOND, GONE))
    assert (found.replicas, found.reason, found.problem) == (5, "", "")


def test_a_failure_is_the_first_ones() -> None:
    late = Unavailable(reason="Late", message="slow")
    found = wished((FIRST, GONE), (SECOND, late))
    assert found == Combined(
        replicas=None,
        metric="",
        statuses=found.statuses,
        reason="FailedGetExternalMetric",
        problem="failed to get external metric first: 503",
    )


def test_each_metric_has_a_reading() -> None:
    with pytest.raises(ValueError, match="zip"):
        combined(horizontal(FIRST, SECOND), observation(pods(1), GONE), current=1)


def test_a_metric_tells_what_it_read() -> None:
    found = wished((cpu(50), busy(900, 900, 900)), (FIRST, Total(milli=4500)))
    assert found.statuses == (
        MetricStatus(label="cpu resource", replicas=6, exact=1.8 * 3, utilization=90, milli=900),
        MetricStatus(label="external metric first", replicas=5, exact=4.5, milli=1500),  # 4500/3 each
    )


CONTAINER = Metric(kind="ContainerResource", name="cpu", container="app", target=Target(kind="Utilization", amount=50))
NONE_RETURNED = "unable to get metrics for resource cpu: no metrics returned from resource metrics API"
AVERAGE = metric("Resource", 500, name="memory")


@pytest.mark.parametrize(
    ("asked", "reading", "problem", "reason"),
    [
        (cpu(), GONE, "failed to get cpu utilization: 503", "FailedGetExternalMetric"),
        (AVERAGE, GONE, "failed to get memory usage: 503", "FailedGetExternalMetric"),
        (CONTAINER, GONE, "failed to get cpu utilization: 503", "FailedGetExternalMetric"),
        (metric("Object", 5, "Value"), GONE, "failed to get object metric m: 503", "FailedGetExternalMetric"),
        (
            CONTAINER,
            busy(None),
            f"failed to get cpu utilization: {NONE_RETURNED}",
            "FailedGetContainerResourceMetric",
        ),
        (
            cpu(),
            PodValues(samples={"stranger": sample(5)}),
            "failed to get cpu utilization: no metrics returned matched known pods",
            "FailedGetResourceMetric",
        ),
        (
            metric("Pods", 5),
            PodValues(samples={}),
            "unable to get metric m: no metrics returned from custom metrics API",
            "FailedGetPodsMetric",
        ),
        (
            metric("Object", 5),
            busy(1),
            "object metric m: wanted one number of Object, got one for each pod",
            "FailedGetObjectMetric",
        ),
        (
            metric("External", 5),
            busy(1),
            "external metric m: wanted one number of External, got one for each pod",
            "FailedGetExternalMetric",
        ),
        (
            metric("Prometheus", 5),
            busy(1),
            "query m: wanted one number of Prometheus, got one for each pod",
            "FailedGetPrometheusMetric",
        ),
    ],
)
def test_a_metric_fails_in_known_words(asked: Metric, reading: Reading, problem: str, reason: str) -> None:
    (status,) = wished((asked, reading)).statuses
    assert (status.replicas, status.problem, status.reason) == (None, problem, reason)


STARTING = (pod("p0"), pod("p1", ready="False", start_s=NOW_S - 10.0, ready_since_s=NOW_S - 10.0))


@pytest.mark.parametrize(
    ("asked", "milli"),
    [
        (metric("Resource", 500, name="cpu"), 100),  # a pod that starts burns CPU
        (AVERAGE, 500),
        (metric("Pods", 500), 500),
    ],
)
def test_only_cpu_leaves_out_pods_that_start(asked: Metric, milli: int) -> None:
    (status,) = wished((asked, busy(100, 900)), there=STARTING).statuses
    assert status.milli == milli


def test_the_number_of_a_pod_is_the_sum_of_what_it_has() -> None:
    told = {"p0": Sample(by_container={"a": 5, "b": None}, timestamp_s=NOW_S)}
    (status,) = wished((metric("Pods", 5), PodValues(samples=told)), there=pods(1)).statuses
    assert status.milli == 5
