"""One control plane for all tests of the autoscaler: metrics-server, an HPA controller in a hurry, pods that resize."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from autoscaler.api import crd
from autoscaler.api.v1alpha1.resource import GROUP, PLURAL
from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.metrics_adapter import MetricsAdapter
from tests.cluster.autoscaling.plane import HINTED, autoscaling_plane, start_hinted, stop_hinted
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.build import Programs
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import RTT_MS
from tests.cluster.extender import latency_config_map
from tests.cluster.prometheus import start_prometheus


@pytest.fixture(scope="package")
def control_plane(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """With a stock kube-scheduler; what only these tests need would change what the others measure."""
    with autoscaling_plane(programs, tmp_path_factory.mktemp("kwok")) as plane:
        plane.start_scheduler()
        yield plane


@pytest.fixture(scope="package")
def exporter(control_plane: ControlPlane) -> Iterator[Exporter]:
    """What Prometheus scrapes; a test shows metrics on it by `loaded`, or by itself."""
    with Exporter(control_plane.ports.free()) as page:
        yield page


@pytest.fixture(scope="package")
def prometheus(control_plane: ControlPlane, exporter: Exporter) -> str:
    """Its address."""
    port = control_plane.ports.free()
    return start_prometheus(control_plane.processes, port=port, scraped=[exporter.port])


@pytest.fixture(scope="package")
def metrics_adapter(control_plane: ControlPlane, prometheus: str) -> MetricsAdapter:
    """Custom and external metrics out of that Prometheus; a test says in which version by `register`."""
    return MetricsAdapter(control_plane, prometheus=prometheus)


@pytest.fixture(scope="package")
def definition(control_plane: ControlPlane) -> None:
    """EdgeAutoscaler is a resource that the API server knows."""
    control_plane.kubectl("apply", "-f", "-", stdin=crd.text())
    control_plane.kubectl("wait", "--for=condition=Established", f"crd/{PLURAL}.{GROUP}", "--timeout=30s")


@pytest.fixture
async def custom_metrics(request: pytest.FixtureRequest, api: Api, metrics_adapter: MetricsAdapter) -> None:
    """Custom metrics are served, in the version that the test is parametrized with, or in the newer one."""
    await metrics_adapter.register(api, custom=getattr(request, "param", "v1beta2"))


@pytest.fixture
def autoscaler(
    control_plane: ControlPlane, definition: None, prometheus: str, custom_metrics: None
) -> Iterator[RunningAutoscaler]:
    """Edgeward's, as a user starts it; the test may kill it."""
    running = RunningAutoscaler(control_plane, prometheus=prometheus)
    yield running
    running.stop()


@pytest.fixture
def round_trips(control_plane: ControlPlane) -> Iterator[None]:
    """Between the sites, by which it is known who is a neighbour."""
    told = latency_config_map(RTT_MS)
    control_plane.kubectl("apply", "-f", "-", stdin=json.dumps(told))
    yield
    control_plane.kubectl("delete", "configmap", told["metadata"]["name"], "-n", told["metadata"]["namespace"])


@pytest.fixture
def hinted(control_plane: ControlPlane, round_trips: None) -> Iterator[str]:
    """Name of a scheduler that places by hints: kube-scheduler with our extender."""
    extender = start_hinted(control_plane)
    yield HINTED
    stop_hinted(control_plane, extender)
