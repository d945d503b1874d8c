"""What a person types while the autoscaler makes a step is what counts."""

from __future__ import annotations

import asyncio

from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import QUEUE_METRIC, loaded
from tests.cluster.autoscaling.running_autoscaler import USER, RunningAutoscaler
from tests.cluster.autoscaling.scalers import autoscaler_manifest, query
from tests.cluster.autoscaling.slow_scale import slow_scale
from tests.cluster.autoscaling.standing import rests, wait_active
from tests.cluster.autoscaling.witness import events, witnessed
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import deployment_manifest, node_manifest

SLOWLY = {"periodSeconds": 300}


async def test_a_kubectl_scale_during_a_step_is_kept(
    control_plane: ControlPlane,
    autoscaler: RunningAutoscaler,
    api: Api,
    namespace: str,
    fresh_nodes: FreshNodes,
    exporter: Exporter,
) -> None:
    await fresh_nodes([node_manifest("n1", cpu="32")])
    await api.create(deployment_manifest("web", replicas=2, cpu="100m"), namespace=namespace)
    requests = query(f'sum({QUEUE_METRIC}{{namespace="{namespace}",queue="web"}})', "10")
    async with (
        witnessed(api, namespace) as seen,
        loaded(api, namespace, "web", exporter=exporter, requests=20.0) as load,
        slow_scale(control_plane, api, user=USER) as gate,
    ):
        await api.create(autoscaler_manifest("web", requests, scaleIn=SLOWLY), namespace=namespace)
        await wait_active(api, namespace, "web")
        load.requests = 60.0
        async with asyncio.timeout(60.0):
            await gate.came.wait()  # the step to six is under way
        await asyncio.to_thread(control_plane.kubectl, "-n", namespace, "scale", "deployment/web", "--replicas=8")
        gate.open()
        await rests(autoscaler)
        assert seen.path("web") == [2, 8]
        (told,) = [each for each in await events(api, namespace, "web") if each["reason"] == "ChangedByOthers"]
        assert "from 2 to 6 replicas, but somebody set it to 8; that is kept" in told["note"]
