"""Over edge may be another cluster: replicas there come and go by a kubeconfig in a Secret."""

from __future__ import annotations

import base64

import pytest

from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import QUEUE_METRIC, loaded
from tests.cluster.autoscaling.scalers import autoscaler_manifest, query
from tests.cluster.autoscaling.standing import wait_active
from tests.cluster.autoscaling.witness import witnessed
from tests.cluster.build import Programs
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.waiting import until


@pytest.mark.usefixtures("autoscaler")
async def test_what_home_cannot_hold_runs_in_the_other_cluster_until_it_can(
    programs: Programs, api: Api, namespace: str, fresh_nodes: FreshNodes, exporter: Exporter
) -> None:
    await fresh_nodes([node_manifest("n1")])
    with ControlPlane(programs) as far_plane:
        far_plane.start_scheduler()
        kubeconfig = base64.b64encode(far_plane.kubeconfig.read_bytes()).decode()
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "far"}, "data": {"kubeconfig": kubeconfig}}
        over = {
            "clusters": [{"name": "far", "kubeconfigSecret": "far"}],
            "maxReplicas": 4,
            "dwellSeconds": 0,
        }
        requests = query(f'sum({QUEUE_METRIC}{{namespace="{namespace}",queue="web"}})', "10")
        async with (
            Api(far_plane.kubeconfig) as far,
            witnessed(api, namespace) as seen,
            loaded(api, namespace, "web", exporter=exporter, requests=10.0) as load,
        ):
            await far.create(node_manifest("far-1"))
            await far.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
            await api.create(secret, deployment_manifest("web", replicas=1, cpu="100m"), namespace=namespace)
            await api.create(autoscaler_manifest("web", requests, most=2, overEdge=over), namespace=namespace)
            await wait_active(api, namespace, "web")
            load.requests = 40.0

            async def far_replicas() -> list[int]:
                return [each["spec"]["replicas"] for each in await far.all("Deployment", namespace=namespace)]

            async def is_over() -> bool:
                running = [pod["status"].get("phase") for pod in await far.all("Pod", namespace=namespace)]
                return await far_replicas() == [2] and running == ["Running"] * 2

            await until(is_over, what="two replicas in the other cluster", timeout_s=60.0, every_s=0.25)
            assert seen.path("web") == [1, 2]
            load.requests = 10.0

            async def is_back() -> bool:
                return await far_replicas() == []

            await until(is_back, what="none in the other cluster", timeout_s=60.0, every_s=0.25)
            await seen.reached("web", 1)
            assert seen.path("web") == [1, 2, 1]
