"""GPUs are left to those who need them: CPU pods stay off, large jobs find whole nodes, and models follow the wish."""

from __future__ import annotations

import pytest

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed, recommended, undeployed
from tests.cluster.objects import GPU, pod_manifest
from tests.cluster.setup_k import setup_k

PROFILES = ("edge-default", "edge-shortlist", "gpu-packing")
MODELS = "edgeward.dev/gpu-models"


def gpu_nodes() -> set[str]:
    return {node["metadata"]["name"] for node in setup_k().nodes if GPU in node["status"]["allocatable"]}


async def cpu_pods_on_gpu_nodes(api: Api, namespace: str) -> int:
    """Of 50, which have room on the other nodes."""
    names = [f"cpu{n:02}" for n in range(50)]
    await api.create(*(pod_manifest(name) for name in names), namespace=namespace)
    placed = await api.wait_placed(*names, namespace=namespace)
    return sum(placed[name] in gpu_nodes() for name in names)


@pytest.mark.parametrize("profile", PROFILES)
async def test_none_of_50_cpu_pods_is_on_a_gpu_node_while_others_have_room(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes, profile: str
) -> None:
    await fresh_nodes(setup_k().nodes)
    async with deployed(control_plane, api, profile=profile, scheduler={"weight": recommended(profile)}):
        assert await cpu_pods_on_gpu_nodes(api, namespace) == 0


async def test_kube_scheduler_alone_puts_cpu_pods_on_gpu_nodes(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    async with undeployed(control_plane):
        assert await cpu_pods_on_gpu_nodes(api, namespace) > 0  # what we are there for


async def large_jobs_after_20_small_ones(api: Api, namespace: str) -> int:
    """How many jobs of eight GPUs get a node after 20 of one; 4 · 8 + 2 · 2 - 20 = 16 leave two whole nodes at best."""
    small, large = [f"small{n:02}" for n in range(20)], [f"large{n}" for n in range(4)]
    for name in small:
        await api.create(pod_manifest(name, gpus=1), namespace=namespace)
    await api.wait_placed(*small, namespace=namespace)
    await api.create(*(pod_manifest(name, gpus=8, cpu="4") for name in large), namespace=namespace)
    return len(await api.wait_settled(*large, namespace=namespace))


@pytest.mark.parametrize("profile", PROFILES)
async def test_all_jobs_of_eight_that_can_fit_do_after_20_jobs_of_one_gpu(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes, profile: str
) -> None:
    await fresh_nodes(setup_k().nodes)
    async with undeployed(control_plane):
        alone = await large_jobs_after_20_small_ones(api, namespace)
    await api.clear("Pod", namespace=namespace)
    async with deployed(control_plane, api, profile=profile, scheduler={"weight": recommended(profile)}):
        ours = await large_jobs_after_20_small_ones(api, namespace)
    assert (ours, alone) == (2, 0)


async def test_models_are_taken_in_the_order_of_the_wish_and_no_other_is(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    async with deployed(control_plane, api, scheduler={"weight": recommended("edge-default")}):
        found = []
        for number in range(6):
            pod = pod_manifest(f"p{number}", gpus=1, annotations={MODELS: "T4|A100"})
            await api.create(pod, namespace=namespace)
            node = (await api.wait_placed(f"p{number}", namespace=namespace))[f"p{number}"]
            found.append(node.rpartition("-")[0])
        assert found == ["local"] * 4 + ["cloud"] * 2  # four T4 there are, then A100
        await api.create(
            pod_manifest("t4", gpus=1, annotations={MODELS: "T4"}),
            pod_manifest("h100", gpus=1, annotations={MODELS: "H100"}),
            namespace=namespace,
        )
        only_t4 = await api.wait_unschedulable("t4", namespace=namespace)
        h100 = await api.wait_unschedulable("h100", namespace=namespace)
    assert "4 edgeward gpu: gpu 0 of T4 on the node (A100) < 1 requested" in only_t4
    assert "4 edgeward gpu: gpu 0 of H100 on the node (A100) < 1 requested" in h100
