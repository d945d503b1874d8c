"""A load that trebles takes two replicas to six, whatever kind of metric says so."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import POD_METRIC, QUEUE_METRIC, loaded
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.autoscaling.scalers import (
    Metric,
    autoscaler_manifest,
    container_cpu,
    cpu,
    hpa_manifest,
    pod_requests,
    query,
    queue_length,
    service_requests,
)
from tests.cluster.autoscaling.standing import rests, wait_active
from tests.cluster.autoscaling.witness import witnessed
from tests.cluster.conftest import FreshNodes
from tests.cluster.objects import deployment_manifest, node_manifest

NO_WINDOW = {"scaleDown": {"stabilizationWindowSeconds": 0}}


@pytest.mark.parametrize("custom_metrics", ["v1beta1", "v1beta2"], indirect=True)
async def test_every_metric_that_is_told_takes_two_to_six_in_one_step(
    api: Api,
    namespace: str,
    fresh_nodes: FreshNodes,
    exporter: Exporter,
    autoscaler: RunningAutoscaler,
) -> None:
    await fresh_nodes([node_manifest("n1", cpu="32")])
    metrics: dict[str, Metric] = {
        "pods": pod_requests("10"),
        "object": service_requests("10", service="object"),
        "external": queue_length("10", queue="external"),
        "prometheus": query(f'sum({QUEUE_METRIC}{{namespace="{namespace}",queue="prometheus"}})', "10"),
        "average": query(f'sum({POD_METRIC}{{namespace="{namespace}",pod=~"average-.+"}})', "10"),
    }
    await api.create(*(deployment_manifest(name, replicas=2, cpu="100m") for name in metrics), namespace=namespace)
    async with AsyncExitStack() as stack:
        seen = await stack.enter_async_context(witnessed(api, namespace))
        loads = [
            await stack.enter_async_context(loaded(api, namespace, name, exporter=exporter, requests=20.0))
            for name in metrics
        ]
        await api.create(*(autoscaler_manifest(name, metric) for name, metric in metrics.items()), namespace=namespace)
        await wait_active(api, namespace, *metrics)
        for load in loads:
            load.requests = 60.0
        for name in metrics:
            await seen.reached(name, 6)
        await rests(autoscaler)
        assert {name: seen.path(name) for name in metrics} == {name: [2, 6] for name in metrics}


async def test_cpu_of_pods_and_of_a_container_takes_two_to_six_where_the_real_hpa_goes(
    api: Api, namespace: str, fresh_nodes: FreshNodes, autoscaler: RunningAutoscaler
) -> None:
    """On the way a measurement may hold some of what was before, for each of the three at another moment."""
    await fresh_nodes([node_manifest("n1", cpu="32")])
    scaled = ("resource", "container", "hpa")
    await api.create(*(deployment_manifest(name, replicas=2, cpu="200m") for name in scaled), namespace=namespace)
    async with AsyncExitStack() as stack:
        seen = await stack.enter_async_context(witnessed(api, namespace))
        loads = [
            await stack.enter_async_context(loaded(api, namespace, name, cpu_milli=200)) for name in scaled
        ]  # 50 % of 2 × 200m
        await api.create(
            autoscaler_manifest("resource", cpu(50), least=2),
            autoscaler_manifest("container", container_cpu(50), least=2),
            hpa_manifest("hpa", cpu(50), least=2, behavior=NO_WINDOW),
            namespace=namespace,
        )
        await wait_active(api, namespace, "resource", "container")
        await wait_active(api, namespace, "hpa", kind="HorizontalPodAutoscaler")
        for load in loads:
            load.cpu_milli = 600
        for name in scaled:
            await seen.reached(name, 6, timeout_s=90.0)
