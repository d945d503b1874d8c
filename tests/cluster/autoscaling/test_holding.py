"""When a metrics API is gone nothing is changed, and it is said once; when it is back it is said once again."""

from __future__ import annotations

from tests.cluster.api import Api, Object
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import loaded
from tests.cluster.autoscaling.metrics_adapter import MetricsAdapter
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.autoscaling.scalers import autoscaler_manifest, cpu, pod_requests, queue_length
from tests.cluster.autoscaling.standing import condition, rests, wait_active
from tests.cluster.autoscaling.witness import counted, events, witnessed
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.waiting import until


async def test_without_its_metrics_api_a_workload_is_left_as_it_is_and_one_event_says_so(
    api: Api,
    namespace: str,
    fresh_nodes: FreshNodes,
    exporter: Exporter,
    metrics_adapter: MetricsAdapter,
    autoscaler: RunningAutoscaler,
) -> None:
    await fresh_nodes([node_manifest("n1", cpu="32")])
    metrics = {"external": queue_length("10", queue="external"), "pods": pod_requests("10")}
    await api.create(*(deployment_manifest(name, replicas=4, cpu="100m") for name in metrics), namespace=namespace)
    async with (
        witnessed(api, namespace) as seen,
        loaded(api, namespace, "external", exporter=exporter, requests=40.0) as external,
        loaded(api, namespace, "pods", exporter=exporter, requests=40.0) as pods,
    ):
        await api.create(*(autoscaler_manifest(name, metric) for name, metric in metrics.items()), namespace=namespace)
        await wait_active(api, namespace, *metrics)
        said = {name: await warnings(api, namespace, name) for name in metrics}  # before there was a first number
        metrics_adapter.stop()
        try:
            await until_active(api, namespace, "False", *metrics)
            external.requests = pods.requests = 10.0  # one would do
            await rests(autoscaler)
            assert [seen.path(name) for name in metrics] == [[4], [4]]
        finally:
            metrics_adapter.start()
        for name in metrics:
            await seen.reached(name, 1)
        await until_active(api, namespace, "True", *metrics)
        for name, reason in (("external", "FailedGetExternalMetric"), ("pods", "FailedGetPodsMetric")):
            assert await warnings(api, namespace, name) == [*said[name], (reason, 1)]


async def test_without_metrics_server_a_workload_is_left_as_it_is_and_one_event_says_so(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes, autoscaler: RunningAutoscaler
) -> None:
    await fresh_nodes([node_manifest("n1", cpu="32")])
    await api.create(deployment_manifest("web", replicas=4, cpu="200m"), namespace=namespace)
    async with witnessed(api, namespace) as seen, loaded(api, namespace, "web", cpu_milli=400) as load:
        await api.create(autoscaler_manifest("web", cpu(50)), namespace=namespace)
        await wait_active(api, namespace, "web")
        said = await warnings(api, namespace, "web")
        control_plane.stop_metrics_server()
        try:
            await until_active(api, namespace, "False", "web")
            load.cpu_milli = 100  # one would do
            await rests(autoscaler)
            assert seen.path("web") == [4]
            assert await warnings(api, namespace, "web") == [*said, ("FailedGetResourceMetric", 1)]
        finally:
            control_plane.start_metrics_server()
        await seen.reached("web", 1, timeout_s=90.0)


async def warnings(api: Api, namespace: str, name: str) -> list[tuple[str, int]]:
    """Reasons of all Events that warn, the oldest first, and how often each was said."""
    told = await events(api, namespace, name)
    return [(each["reason"], counted(each)) for each in told if each["type"] == "Warning"]


async def until_active(api: Api, namespace: str, status: str, *names: str) -> None:
    """Until ScalingActive of all is *status*."""

    async def are_so() -> bool:
        told: list[Object] = [await api.get("EdgeAutoscaler", name, namespace=namespace) for name in names]
        return all(condition(each, "ScalingActive").get("status") == status for each in told)

    await until(are_so, what=f"{', '.join(names)} to be ScalingActive={status}", timeout_s=60.0, every_s=0.25)
