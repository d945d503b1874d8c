"""metrics.k8s.io: sums by container, pods by name, and what is said when there is nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from autoscaler.planner.observation import PodValues, Reading, Sample, Unavailable
from autoscaler.sources.sources import Sources
from autoscaler.sources.want import Want
from kube.errors import refusal
from tests.autoscaler.sources.metrics_kube import METRICS, MetricsKube, listed, pod_metrics

CPU = Want(kind="Resource", namespace="web", name="cpu")
MEMORY = Want(kind="Resource", namespace="web", name="memory")
PODS = f"{METRICS}/namespaces/web/pods"


async def read(kube: MetricsKube, want: Want, names: Collection[str]) -> Reading:
    return (await Sources(kube).read([want], now_s=1010)).of(want, names)


async def test_each_container_of_a_pod_has_its_number() -> None:
    usage = {"main": {"cpu": "1234567n", "memory": "123Ki"}, "proxy": {"cpu": "1", "memory": "0.5Gi"}}
    kube = MetricsKube({PODS: listed(pod_metrics("p1", usage))})
    assert await read(kube, CPU, ["p1"]) == PodValues(
        samples={"p1": Sample(by_container={"main": 2, "proxy": 1000}, timestamp_s=1000, window_s=15.2)}  # ceil(1.23)
    )
    assert await read(kube, MEMORY, ["p1"]) == PodValues(
        samples={
            # 123 × 1024 × 1000 and 2^29 × 1000
            "p1": Sample(by_container={"main": 125_952_000, "proxy": 536_870_912_000}, timestamp_s=1000, window_s=15.2)
        }
    )


async def test_a_container_resource_is_out_of_the_same_list() -> None:
    kube = MetricsKube({PODS: listed(pod_metrics("p1", {"main": {"cpu": "5m"}}))})
    container = Want(kind="ContainerResource", namespace="web", name="cpu")
    readings = await Sources(kube).read([CPU, container, MEMORY], now_s=1010)
    assert readings.of(container, ["p1"]) == readings.of(CPU, ["p1"])
    assert kube.paths == [PODS]


@pytest.mark.parametrize(
    ("usage", "seen"),
    [
        ({"main": {"cpu": "5m"}, "proxy": {"memory": "1Ki"}}, {"main": 5, "proxy": None}),
        ({"main": {}}, {"main": None}),
        ({"main": None}, {"main": None}),
        ({}, {}),
        ({"main": {"cpu": None}}, {"main": 0}),
        ({"main": {"cpu": 2}}, {"main": 2000}),
        ({"main": {"cpu": 0.1}}, {"main": 100}),
        ({"main": {"cpu": "-3"}}, {"main": -3000}),
        ({"main": {"cpu": " 4m "}}, {"main": 4}),
    ],
    ids=[
        "a container without the resource",
        "a container without any",
        "null usage",
        "no containers",
        "null is zero, as to Go",
        "a number",
        "a fraction",
        "a negative amount",
        "blanks around it",
    ],
)
async def test_what_a_pod_may_look_like(usage: dict[str, Any], seen: dict[str, int | None]) -> None:
    reading = await read(MetricsKube({PODS: listed(pod_metrics("p1", usage))}), CPU, ["p1"])
    assert isinstance(reading, PodValues)
    assert reading.samples["p1"].by_container == seen


@pytest.mark.parametrize(
    ("window", "seconds"), [("15.2s", 15.2), ("1m0s", 60.0), ("1h2m3.5s", 3723.5), ("500ms", 0.5), ("0", 0.0)]
)
async def test_a_window_is_a_duration_of_go(window: str, seconds: float) -> None:
    kube = MetricsKube({PODS: listed(pod_metrics("p1", {"main": {"cpu": "5m"}}, window=window))})
    reading = await read(kube, CPU, ["p1"])
    assert isinstance(reading, PodValues)
    assert reading.samples["p1"].window_s == pytest.approx(seconds)


async def test_a_time_that_is_null_is_older_than_every_pod() -> None:
    item = pod_metrics("p1", {"main": {"cpu": "5m"}}) | {"timestamp": None, "window": None}
    reading = await read(MetricsKube({PODS: listed(item)}), CPU, ["p1"])
    assert reading == PodValues(samples={"p1": Sample(by_container={"main": 5}, timestamp_s=0, window_s=0)})


async def test_pods_of_others_are_left_out() -> None:
    kube = MetricsKube(
        {PODS: listed(pod_metrics("mine", {"main": {"cpu": "5m"}}), pod_metrics("foreign", {"main": {"cpu": "900m"}}))}
    )
    reading = await read(kube, CPU, ["mine", "not-yet-scraped"])
    assert isinstance(reading, PodValues)
    assert set(reading.samples) == {"mine"}


NONE = "unable to get metrics for resource cpu: no metrics returned from resource metrics API"


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (listed(), ["p1"]),
        ({"items": None}, ["p1"]),
        (listed(pod_metrics("other", {"main": {"cpu": "5m"}})), ["p1"]),
        (listed(pod_metrics("p1", {"main": {"cpu": "5m"}})), []),
    ],
    ids=["an empty list", "Go's empty list", "only pods of others", "a workload without pods"],
)
async def test_none_of_its_pods_in_the_list_is_no_metric(answer: Any, names: list[str]) -> None:
    unavailable = Unavailable(reason="FailedGetResourceMetric", message=NONE)
    assert await read(MetricsKube({PODS: answer}), CPU, names) == unavailable


async def test_a_pod_that_cannot_be_read_costs_only_its_own_workload() -> None:
    broken = pod_metrics("broken", {"main": {"cpu": "1K"}})
    shapeless = pod_metrics("shapeless", {"main": {"cpu": "5m"}}) | {"containers": "none"}
    timeless = pod_metrics("timeless", {"main": {"cpu": "5m"}}) | {"timestamp": "yesterday"}
    endless = pod_metrics("endless", {"main": {"cpu": "5m"}}) | {"window": "long"}
    good = pod_metrics("good", {"main": {"cpu": "5m"}})
    kube = MetricsKube({PODS: listed(broken, shapeless, timeless, endless, 7, good)})
    readings = await Sources(kube).read([CPU], now_s=1010)
    assert isinstance(readings.of(CPU, ["good"]), PodValues)
    for name, said in [
        ("broken", "not a quantity: '1K'"),
        ("shapeless", "`array | null`"),
        ("timeless", "RFC3339"),
        ("endless", "got 'long'"),
    ]:
        reading = readings.of(CPU, ["good", name])
        assert isinstance(reading, Unavailable)
        assert reading.message.startswith(f"unable to get metrics for resource cpu: pod {name}: ")
        assert said in reading.message


@pytest.mark.parametrize(
    ("status", "reason", "message", "said"),
    [
        (
            503,
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
            "the server is currently unable to handle the request (503: what serves it is down)",
        ),
        (
            404,
            "NotFound",
            "the server could not find the requested resource",
            "the server could not find the requested resource (404: no such metric, or nothing serves it)",
        ),
        (403, "Forbidden", "pods.metrics.k8s.io is\nforbidden", "pods.metrics.k8s.io is forbidden (403: Forbidden)"),
    ],
)
async def test_refusals_tell_apart_what_is_down_unknown_and_forbidden(
    status: int, reason: str, message: str, said: str
) -> None:
    kube = MetricsKube()
    kube.failing = lambda verb, path: refusal(status, reason, message, asked="GET https://fake:6443/")
    assert await read(kube, CPU, ["p1"]) == Unavailable(
        reason="FailedGetResourceMetric",
        message="unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: " + said,
    )


async def test_an_answer_that_is_no_list_is_told() -> None:
    reading = await read(MetricsKube({PODS: b"<html>"}), CPU, ["p1"])
    assert isinstance(reading, Unavailable)
    assert "unable to fetch metrics from resource metrics API: not a list of Kubernetes" in reading.message


async def test_few_namespaces_are_a_list_each_and_many_are_one() -> None:
    def kube(namespaces: int) -> MetricsKube:
        pods = {
            f"n{n}": pod_metrics("p1", {"main": {"cpu": f"{n + 1}m"}}, namespace=f"n{n}") for n in range(namespaces)
        }
        lists = {f"{METRICS}/namespaces/{namespace}/pods": listed(pod) for namespace, pod in pods.items()}
        return MetricsKube({**lists, f"{METRICS}/pods": listed(*pods.values())})

    for namespaces, reads in [(4, 4), (5, 1)]:
        there = kube(namespaces)
        wants = [Want(kind="Resource", namespace=f"n{n}", name="cpu") for n in range(namespaces)]
        readings = await Sources(there).read(wants, now_s=1010)
        for n, want in enumerate(wants):
            reading = readings.of(want, ["p1"])
            assert isinstance(reading, PodValues)
            assert reading.samples["p1"].by_container == {"main": n + 1}
        assert len(there.calls) == reads
