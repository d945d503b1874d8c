"""custom.metrics.k8s.io in both versions: pods, objects, the namespace itself, and objects of the cluster."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.planner.observation import PodValues, Reading, Sample, Total, Unavailable
from autoscaler.sources.sources import Sources
from autoscaler.sources.want import Described, Want
from tests.autoscaler.sources.metrics_kube import (
    CUSTOM,
    CUSTOM_V1BETA1,
    CUSTOM_V1BETA2,
    MetricsKube,
    custom_value,
    group,
    listed,
    resources,
)

GROUP = "custom.metrics.k8s.io"
PODS = Want(kind="Pods", namespace="web", name="rps")
INGRESS = Want(
    kind="Object", namespace="web", name="rps", described=Described("networking.k8s.io/v1", "Ingress", "main")
)
NETWORKING = {
    "/apis/networking.k8s.io/v1": resources(
        ("ingresses/status", "Ingress", True), ("ingresses", "Ingress", True), ("ingressclasses", "IngressClass", False)
    )
}
CORE = {"/api/v1": resources(("nodes", "Node", False), ("services", "Service", True))}
IN_WEB = f"{CUSTOM}/v1beta2/namespaces/web"


async def read(answers: dict[str, Any], want: Want, *names: str) -> Reading:
    return (await Sources(MetricsKube(answers)).read([want], now_s=1010)).of(want, names)


@pytest.mark.parametrize(
    ("served", "version", "item", "window_s"),
    [
        (CUSTOM_V1BETA2, "v1beta2", custom_value("1500m"), 60),
        (CUSTOM_V1BETA2, "v1beta2", custom_value("1500m", windowSeconds=30), 30),
        (CUSTOM_V1BETA2, "v1beta2", custom_value("1500m", windowSeconds=0), 0),
        (CUSTOM_V1BETA1, "v1beta1", custom_value("1500m", metricName="rps"), 60),
        (CUSTOM_V1BETA1, "v1beta1", custom_value("1500m", metricName="rps", window=90), 90),
        (CUSTOM_V1BETA1, "v1beta1", custom_value("1500m", metricName="rps", window="1m30s"), 90),
    ],
    ids=["v1beta2", "v1beta2 30 s", "v1beta2 0 s", "v1beta1", "v1beta1 90 s", "v1beta1 with a duration"],
)
async def test_both_versions_say_the_same(
    served: dict[str, Any], version: str, item: dict[str, Any], window_s: float
) -> None:
    reading = await read({**served, f"{CUSTOM}/{version}/namespaces/web/pods/*/rps": listed(item)}, PODS, "p1")
    assert reading == PodValues(samples={"p1": Sample(by_container={"": 1500}, timestamp_s=1000, window_s=window_s)})


async def test_the_version_that_the_server_prefers_is_asked() -> None:
    both = {CUSTOM: group(GROUP, "v1beta2", "v1beta1", preferred="v1beta1")}
    kube = MetricsKube({**both, f"{CUSTOM}/v1beta1/namespaces/web/pods/*/rps": listed(custom_value(1))})
    await Sources(kube).read([PODS], now_s=1010)
    assert kube.paths[-1] == f"{CUSTOM}/v1beta1/namespaces/web/pods/*/rps"


async def test_a_version_that_nobody_knows_is_passed_over() -> None:
    newer = {CUSTOM: group(GROUP, "v1", "v1beta2")}
    assert isinstance(await read({**newer, f"{IN_WEB}/pods/*/rps": listed(custom_value(1))}, PODS, "p1"), PodValues)


@pytest.mark.parametrize(
    ("served", "said"),
    [
        ({}, f"no custom metrics API ({GROUP}) registered"),
        (
            {CUSTOM: group(GROUP, "v1")},
            f"no known available metric versions found: {GROUP} must be served as v1beta2 or v1beta1, got v1",
        ),
    ],
    ids=["no adapter", "an adapter of the future"],
)
async def test_without_a_version_there_is_no_metric(served: dict[str, Any], said: str) -> None:
    assert await read(served, PODS, "p1") == Unavailable(
        reason="FailedGetPodsMetric", message=f"unable to get metric rps: {said}"
    )


async def test_the_series_are_chosen_by_the_selector_of_the_metric() -> None:
    want = Want(kind="Pods", namespace="web", name="rps", selector="path=/buy,tier in (a,b)")
    kube = MetricsKube({**CUSTOM_V1BETA2, f"{IN_WEB}/pods/*/rps": listed(custom_value(1))})
    await Sources(kube).read([want, PODS], now_s=1010)
    asked = [params for _, path, params in kube.calls if path.endswith("/rps")]
    assert asked == [{"metricLabelSelector": "path=/buy,tier in (a,b)"}, {}]


async def test_pods_that_are_not_its_own_are_left_out() -> None:
    items = listed(custom_value(1, name="p1"), custom_value(500, name="foreign"), custom_value(3, name="p2"))
    reading = await read({**CUSTOM_V1BETA2, f"{IN_WEB}/pods/*/rps": items}, PODS, "p1", "p2", "starting")
    assert isinstance(reading, PodValues)
    assert {name: sample.by_container[""] for name, sample in reading.samples.items()} == {"p1": 1000, "p2": 3000}


async def test_a_number_whose_time_is_null_is_of_now() -> None:
    items = listed(custom_value("7") | {"timestamp": None})
    reading = await read({**CUSTOM_V1BETA2, f"{IN_WEB}/pods/*/rps": items}, PODS, "p1")
    assert isinstance(reading, PodValues)
    assert reading.samples["p1"].timestamp_s == 1010


@pytest.mark.parametrize("items", [listed(), listed(custom_value(1, name="other"))], ids=["empty", "of others"])
async def test_no_pod_of_its_own_is_no_metric(items: Any) -> None:
    assert await read({**CUSTOM_V1BETA2, f"{IN_WEB}/pods/*/rps": items}, PODS, "p1") == Unavailable(
        reason="FailedGetPodsMetric", message="unable to get metric rps: no metrics returned from custom metrics API"
    )


async def test_a_pod_that_cannot_be_read_costs_only_its_own_workload() -> None:
    items = listed(
        custom_value("much", name="broken"),
        custom_value(1, name="shapeless", windowSeconds="long"),
        custom_value(1, name="endless", metricName="rps", window="long"),
        "nothing",
        custom_value(1, name="good"),
    )
    readings = await Sources(MetricsKube({**CUSTOM_V1BETA2, f"{IN_WEB}/pods/*/rps": items})).read([PODS], now_s=1010)
    assert isinstance(readings.of(PODS, ["good"]), PodValues)
    for name in ("broken", "shapeless", "endless"):
        reading = readings.of(PODS, ["good", name])
        assert isinstance(reading, Unavailable)
        assert reading.message.startswith(f"unable to get metric rps: pod {name}: ")


OF_THE_NAMESPACE = Want(kind="Object", namespace="web", name="rps", described=Described("v1", "Namespace", "other"))
SERVICE = Want(kind="Object", namespace="web", name="rps", described=Described("v1", "Service", "shop"))
NODE = Want(kind="Object", namespace="web", name="rps", described=Described("v1", "Node", "n1"))


@pytest.mark.parametrize(
    ("want", "path"),
    [
        (INGRESS, f"{IN_WEB}/ingresses.networking.k8s.io/main/rps"),
        (SERVICE, f"{IN_WEB}/services/shop/rps"),
        (NODE, f"{CUSTOM}/v1beta2/nodes/n1/rps"),
        (OF_THE_NAMESPACE, f"{IN_WEB}/metrics/rps"),
    ],
    ids=["a grouped resource", "a core resource", "one of the cluster", "the namespace, and no other one"],
)
async def test_where_an_object_is_asked_about(want: Want, path: str) -> None:
    item = custom_value("2500m", kind="Thing", name="thing", at_s=990)
    assert await read({**CUSTOM_V1BETA2, **NETWORKING, **CORE, path: listed(item)}, want) == Total(
        milli=2500, timestamp_s=990
    )


async def test_a_kind_is_found_in_the_preferred_version_when_the_one_named_is_gone() -> None:
    old = Want(
        kind="Object", namespace="web", name="rps", described=Described("networking.k8s.io/v1beta1", "Ingress", "main")
    )
    answers = {
        **CUSTOM_V1BETA2,
        **NETWORKING,
        "/apis/networking.k8s.io": group("networking.k8s.io", "v1"),
        f"{IN_WEB}/ingresses.networking.k8s.io/main/rps": listed(custom_value(3)),
    }
    assert await read(answers, old) == Total(milli=3000, timestamp_s=1000)


@pytest.mark.parametrize(
    ("described", "kind"),
    [
        (Described("networking.k8s.io/v1", "Ingres", "main"), "Ingres.networking.k8s.io"),
        (Described("no.such.group/v1", "Ingress", "main"), "Ingress.no.such.group"),
        (Described("v2", "Pod", "p1"), "Pod"),
    ],
    ids=["a kind that there is not", "a group that there is not", "a core version that there is not"],
)
async def test_a_kind_without_a_resource_is_told(described: Described, kind: str) -> None:
    want = Want(kind="Object", namespace="web", name="rps", described=described)
    reading = await read({**CUSTOM_V1BETA2, **NETWORKING}, want)
    assert isinstance(reading, Unavailable)
    assert reading.reason == "FailedGetObjectMetric"
    assert reading.message.startswith(
        f"unable to get metric rps on {described.kind} web/{described.name}: unable to map kind {kind} to resource"
    )


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([], "the custom metrics API server returned 0 results when we asked for exactly one"),
        ([custom_value(1), custom_value(2)], "the custom metrics API server returned 2 results when we asked"),
        ([custom_value("much")], "not a quantity: 'much'"),
        (["nothing"], "the answer cannot be read: "),
    ],
    ids=["none", "two", "no quantity", "no item"],
)
async def test_an_object_has_exactly_one_number(items: list[Any], said: str) -> None:
    answers = {**CUSTOM_V1BETA2, **NETWORKING, f"{IN_WEB}/ingresses.networking.k8s.io/main/rps": listed(*items)}
    reading = await read(answers, INGRESS)
    assert isinstance(reading, Unavailable)
    assert reading.message.startswith(f"unable to get metric rps on Ingress web/main: {said}")


@pytest.mark.parametrize(
    ("value", "milli"), [("-5", -5000), (None, 0), (5, 5000), ("1n", 1), ("1E3", 1_000_000), ("9E", 2**63 - 1)]
)
async def test_an_objects_number_may_be(value: Any, milli: int) -> None:
    answers = {**CUSTOM_V1BETA2, f"{IN_WEB}/metrics/rps": listed(custom_value(value) | {"timestamp": None})}
    assert await read(answers, OF_THE_NAMESPACE) == Total(milli=milli, timestamp_s=None)


@pytest.mark.parametrize("name", ["..", ".", ""])
async def test_a_name_leads_nowhere_else(name: str) -> None:
    kube = MetricsKube(CUSTOM_V1BETA2)
    want = Want(kind="Pods", namespace="web", name=name)
    reading = (await Sources(kube).read([want], now_s=1010)).of(want, ["p1"])
    assert isinstance(reading, Unavailable)
    assert f"must not be '{name}'" in reading.message
    assert kube.paths == [CUSTOM]
