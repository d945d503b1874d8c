"""The control plane itself: it comes up, does what a real one does, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.cluster.api import Api
from tests.cluster.build import KUBERNETES, Programs
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import GPU, deployment_manifest, node_manifest, pod_manifest
from tests.cluster.setup_k import setup_k
from tests.cluster.waiting import until


def test_clients_and_server_agree_on_the_version(control_plane: ControlPlane) -> None:
    assert control_plane.kubectl("version").count(f"Version: v{KUBERNETES}") == 2


async def test_sites_of_set_up_k_become_ready_with_their_gpus(api: Api, fresh_nodes: FreshNodes) -> None:
    set_up = setup_k()
    await fresh_nodes(set_up.nodes)
    gpus = {node["metadata"]["name"]: int(node["status"]["allocatable"].get(GPU, 0)) for node in await api.all("Node")}
    assert {site: len(set_up.of(site)) for site in set_up.rtt_ms} == {"local": 6, "neighbor": 4, "cloud": 10}
    assert sum(gpus.values()) == 2 * 2 + 4 * 8
    assert {name for name, count in gpus.items() if count == 8} == {"cloud-7", "cloud-8", "cloud-9", "cloud-10"}


async def test_stock_scheduler_places_a_pod_and_it_runs(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes([node_manifest("small", cpu="1"), node_manifest("big", cpu="8")])
    control_plane.start_scheduler()
    try:
        await api.create(pod_manifest("p", cpu="2"), namespace=namespace)
        assert await api.wait_placed("p", namespace=namespace) == {"p": "big"}

        async def phase_is_running() -> bool:
            pod = await api.get("Pod", "p", namespace=namespace)
            return bool(pod["status"]["phase"] == "Running")

        await until(phase_is_running, what="p to run")
        assert 'scheduler_schedule_attempts_total{profile="default-scheduler",result="scheduled"} 1' in (
            control_plane.scheduler_metrics()
        )
    finally:
        control_plane.stop_scheduler()


async def test_schedulers_of_several_names_run_at_once_as_configured(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes([node_manifest("n1")])
    for name in ("first", "second"):
        control_plane.start_scheduler({"profiles": [{"schedulerName": name}]}, name=name)
    try:
        pods = [pod_manifest(name, scheduler=name) for name in ("first", "second", "third")]
        await api.create(*pods, namespace=namespace)
        assert await api.wait_placed("first", "second", namespace=namespace) == {"first": "n1", "second": "n1"}
    finally:
        for name in ("first", "second"):
            control_plane.stop_scheduler(name)


async def test_controllers_work(control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes) -> None:
    await fresh_nodes([node_manifest("n1")])
    control_plane.start_scheduler()
    try:
        await api.create(deployment_manifest("web", replicas=3), namespace=namespace)

        async def ready() -> bool:
            status = (await api.get("Deployment", "web", namespace=namespace))["status"]
            return bool(status.get("readyReplicas") == 3)

        await until(ready, what="three replicas of web to be ready")
    finally:
        control_plane.stop_scheduler()


def test_rights_are_those_of_the_kubeconfig(control_plane: ControlPlane) -> None:
    control_plane.kubectl("create", "serviceaccount", "reader", "-n", "kube-public")
    reader = control_plane.kubeconfig_for(service_account="kube-public/reader")
    scheduler = control_plane.kubeconfig_for(user="system:kube-scheduler")

    def can(*what: str, who: Path) -> str:
        return control_plane.kubectl("auth", "can-i", *what, kubeconfig=who, check=False).splitlines()[0]

    assert can("create", "pods", "--subresource=binding", who=scheduler) == "yes"
    assert can("create", "pods", "--subresource=binding", who=reader) == "no"
    assert can("delete", "nodes", who=control_plane.kubeconfig) == "yes"
    assert "serviceaccount:kube-public:reader" in control_plane.kubectl("auth", "whoami", kubeconfig=reader)


async def test_two_at_once_do_not_share_a_thing(programs: Programs, control_plane: ControlPlane, api: Api) -> None:
    with ControlPlane(programs) as other:
        assert other.server != control_plane.server
        async with Api(other.kubeconfig) as their:
            await their.create(node_manifest("only-there"))
            await their.wait_ready(["only-there"])
            assert await api.find("Node", "only-there") is None


async def test_api_server_comes_back_with_what_it_knew(programs: Programs) -> None:
    with ControlPlane(programs) as plane:
        async with Api(plane.kubeconfig) as api:
            await api.create(node_manifest("kept"))
        await asyncio.to_thread(plane.restart_apiserver)
        async with Api(plane.kubeconfig) as api:
            assert (await api.get("Node", "kept"))["metadata"]["name"] == "kept"
