"""What a load is, the metrics APIs and Prometheus tell, in each version."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import OBJECT_METRIC, POD_METRIC, QUEUE_METRIC, loaded
from tests.cluster.autoscaling.metrics_adapter import CustomVersion, MetricsAdapter
from tests.cluster.conftest import FreshNodes
from tests.cluster.errors import ApiError
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.waiting import until

CUSTOM, EXTERNAL = "custom.metrics.k8s.io", "external.metrics.k8s.io"
_NOT_YET = {404, 503}


async def wait_told(api: Api, path: str, *values: str, selector: str = "app=web") -> None:
    """Until the metrics API tells these values."""

    async def are_told() -> bool:
        try:
            items = (await api.request("GET", path, labelSelector=selector))["items"]
        except ApiError as error:
            if error.status not in _NOT_YET:
                raise
            return False
        return [item["value"] for item in items] == list(values)

    await until(are_told, what=f"{path} to tell {values}")


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
async def test_metrics_of_pods_object_and_queue_follow_the_replicas(
    api: Api,
    namespace: str,
    fresh_nodes: FreshNodes,
    exporter: Exporter,
    metrics_adapter: MetricsAdapter,
    version: CustomVersion,
) -> None:
    await metrics_adapter.register(api, custom=version)
    await fresh_nodes([node_manifest("n1")])
    await api.create(deployment_manifest("web", replicas=2), namespace=namespace)
    custom = f"/apis/{CUSTOM}/{version}/namespaces/{namespace}"
    pods, service = f"{custom}/pods/*/{POD_METRIC}", f"{custom}/services/web/{OBJECT_METRIC}"
    queue = f"/apis/{EXTERNAL}/v1beta1/namespaces/{namespace}/{QUEUE_METRIC}"
    async with loaded(api, namespace, "web", exporter=exporter, requests=9.0):
        await wait_told(api, pods, "4500m", "4500m")  # 9 / 2
        await wait_told(api, service, "9000m")
        await wait_told(api, queue, "9000m", selector="queue=web")
        await wait_told(api, queue, selector="queue=another")
        await api.patch("Deployment", "web", {"spec": {"replicas": 3}}, namespace=namespace)
        await wait_told(api, pods, "3000m", "3000m", "3000m")
        (item,) = (await api.request("GET", service))["items"]
        assert (item["metricName"] if version == "v1beta1" else item["metric"]["name"]) == OBJECT_METRIC
        assert datetime.fromisoformat(item["timestamp"]).tzinfo is not None


async def test_a_metric_that_is_not_there_is_not_an_adapter_that_is_gone(
    api: Api, namespace: str, metrics_adapter: MetricsAdapter
) -> None:
    await metrics_adapter.register(api, custom="v1beta2")
    path = f"/apis/{CUSTOM}/v1beta2/namespaces/{namespace}/pods/*/nothing"
    with pytest.raises(ApiError, match="could not find the metric nothing"):
        await api.request("GET", path)
    metrics_adapter.stop()
    try:
        with pytest.raises(ApiError) as told:
            await api.request("GET", path)
        assert told.value.status == 503
    finally:
        metrics_adapter.start()


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
async def test_only_the_registered_version_is_discovered(
    api: Api, metrics_adapter: MetricsAdapter, version: CustomVersion
) -> None:
    await metrics_adapter.register(api, custom=version)

    async def versions() -> list[str]:
        groups = {group["name"]: group for group in (await api.request("GET", "/apis"))["groups"]}
        return [each["version"] for each in groups.get(CUSTOM, {}).get("versions", ())]

    async def is_alone() -> bool:
        return await versions() == [version]

    await until(is_alone, what=f"{version} alone to be discovered")
    told = await api.request("GET", f"/apis/{CUSTOM}/{version}")
    assert told["groupVersion"] == f"{CUSTOM}/{version}"
