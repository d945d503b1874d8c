"""The real HPA here: what metrics-server measures of a load moves it."""

from __future__ import annotations

from tests.cluster.api import Api
from tests.cluster.autoscaling.load import loaded
from tests.cluster.autoscaling.scalers import cpu, hpa_manifest
from tests.cluster.conftest import FreshNodes
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.waiting import until


async def test_hpa_goes_from_three_to_five(api: Api, namespace: str, fresh_nodes: FreshNodes) -> None:
    await fresh_nodes([node_manifest("n1")])
    await api.create(deployment_manifest("web", replicas=3, cpu="100m"), namespace=namespace)
    await api.create(hpa_manifest("web", cpu(50)), namespace=namespace)
    async with loaded(api, namespace, "web", cpu_milli=225):  # 75 % of 3 × 100m

        async def size() -> bool:
            deployment = await api.get("Deployment", "web", namespace=namespace)
            return bool(deployment["spec"]["replicas"] == 5)  # ceil(75 / 50 × 3)

        await until(size, what="five replicas", timeout_s=90.0, every_s=0.5)
