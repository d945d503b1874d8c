"""What our metric sources read is what the load is: all kinds, each version, out of the real APIs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from autoscaler.planner.observation import PodValues, Reading, Total, Unavailable
from autoscaler.sources.sources import Sources
from autoscaler.sources.want import Want
from autoscaler.sources.wanted import wanted
from kube.program.instant_query import Prometheus, PrometheusSettings
from kube.session import Session, connect
from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import POD_METRIC, loaded
from tests.cluster.autoscaling.metrics_adapter import CustomVersion, MetricsAdapter
from tests.cluster.autoscaling.scalers import cpu, pod_requests, query, queue_length, service_requests
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.waiting import until


@pytest.fixture
async def session(control_plane: ControlPlane) -> AsyncIterator[Session]:
    session = await connect(kubeconfig=control_plane.kubeconfig)
    yield session
    await session.close()


@pytest.fixture
async def sources(session: Session, prometheus: str) -> AsyncIterator[Sources]:
    async with aiohttp.ClientSession() as outside:
        yield Sources(session, prometheus=Prometheus(PrometheusSettings(url=prometheus), outside))


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
async def test_every_kind_of_metric_is_read_as_it_was_shown(
    api: Api,
    namespace: str,
    fresh_nodes: FreshNodes,
    exporter: Exporter,
    metrics_adapter: MetricsAdapter,
    sources: Sources,
    version: CustomVersion,
) -> None:
    await metrics_adapter.register(api, custom=version)
    await fresh_nodes([node_manifest("n1")])
    await api.create(deployment_manifest("web", replicas=2), namespace=namespace)
    asked = [
        pod_requests("1"),
        service_requests("1"),
        queue_length("1"),
        query(f'sum({POD_METRIC}{{namespace="{namespace}"}})', "1"),
    ]
    wants = [wanted(namespace, metric) for metric in asked]
    async with loaded(api, namespace, "web", exporter=exporter, requests=9.0):

        async def told() -> list[list[int]]:
            pods = {pod["metadata"]["name"] for pod in await api.all("Pod", namespace=namespace)}
            readings = await sources.read(wants, now_s=time.time())
            return [numbers(readings.of(want, pods)) for want in wants]

        async def right() -> bool:
            return await told() == [[4500, 4500], [9000], [9000], [9000]]

        await until(right, what=f"the right numbers over {version}", timeout_s=60.0, every_s=0.5)


async def test_usage_of_cpu_is_read_as_metrics_server_measures_it(
    api: Api, namespace: str, fresh_nodes: FreshNodes, sources: Sources
) -> None:
    await fresh_nodes([node_manifest("n1")])
    await api.create(deployment_manifest("web", replicas=2), namespace=namespace)
    want = wanted(namespace, cpu(50))
    async with loaded(api, namespace, "web", cpu_milli=300):

        async def right() -> bool:
            pods = {pod["metadata"]["name"] for pod in await api.all("Pod", namespace=namespace)}
            told = numbers((await sources.read([want], now_s=time.time())).of(want, pods))
            return len(told) == 2 and all(abs(each - 150) <= 8 for each in told)

        await until(right, what="150m for each", timeout_s=60.0, every_s=0.5)


async def test_an_adapter_that_is_gone_is_a_number_that_is_not_there(
    api: Api, namespace: str, metrics_adapter: MetricsAdapter, sources: Sources
) -> None:
    await metrics_adapter.register(api, custom="v1beta2")
    want: Want = wanted(namespace, queue_length("1"))
    metrics_adapter.stop()
    try:
        reading = (await sources.read([want], now_s=time.time())).of(want)
    finally:
        metrics_adapter.start()
    assert isinstance(reading, Unavailable)
    assert reading.reason == "FailedGetExternalMetric"


def numbers(reading: Reading) -> list[int]:
    """Thousandths of each pod, or the one number; none when there is none."""
    match reading:
        case PodValues():
            return [amount or 0 for sample in reading.samples.values() for amount in sample.by_container.values()]
        case Total():
            return [reading.milli]
        case Unavailable():
            return []
