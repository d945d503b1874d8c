"""A pod that asks for alignment never lands where no single NUMA zone fits it, however much is free on the node."""

from __future__ import annotations

from typing import Any

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed, undeployed
from tests.cluster.objects import Manifest, node_manifest, pod_manifest
from tests.cluster.topologies import topologies, topology

TRIES = 10


def node(name: str) -> Manifest:
    return node_manifest(name, site="local", tier="edge", cpu="12", memory="16Gi")


def aligned(name: str, cpus: int) -> Manifest:
    """Guaranteed, with whole CPUs, and drawn to `even` as strongly as a pod can be."""
    to_even = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["even"]}]}
    prefers: dict[str, Any] = {
        "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": to_even}]}
    }
    size = {"cpu": str(cpus), "memory": "1Gi"}
    wish = {"edgeward.dev/topology-aware": "true"}
    return pod_manifest(name, annotations=wish, limits=size, affinity=prefers, **size)  # type: ignore[arg-type]  # both


async def test_pod_of_10_cores_is_never_on_six_and_six(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes((node("even"), node("odd")))
    async with topologies(api):
        await api.create(topology("even", (6, 6)), topology("odd", (12, 0)))
        async with undeployed(control_plane):
            await api.create(aligned("alone", 10), namespace=namespace)
            assert await api.wait_placed("alone", namespace=namespace) == {"alone": "even"}  # 12 are free there
        await api.clear("Pod", namespace=namespace)
        async with deployed(control_plane, api):
            nodes = []
            for number in range(TRIES):
                name = f"p{number}"
                await api.create(aligned(name, 10), namespace=namespace)
                nodes.append((await api.wait_placed(name, namespace=namespace))[name])
                pod = await api.get("Pod", name, namespace=namespace)
                assert pod["status"]["qosClass"] == "Guaranteed"
                await api.clear("Pod", namespace=namespace)
    assert nodes == ["odd"] * TRIES


async def test_pod_that_no_zone_fits_waits_and_says_what_is_free(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes((node("even"), node("untold")))
    async with topologies(api):
        await api.create(topology("even", (6, 6)))
        async with deployed(control_plane, api):
            await api.create(aligned("wide", 10), namespace=namespace)
            wide = await api.wait_unschedulable("wide", namespace=namespace)
            for name in ("narrow0", "narrow1"):
                await api.create(aligned(name, 4), namespace=namespace)
                await api.wait_placed(name, namespace=namespace)
            await api.create(aligned("narrow2", 4), namespace=namespace)
            third = await api.wait_unschedulable("narrow2", namespace=namespace)
            placed = await api.placements(namespace)
    assert "1 edgeward numa: numa: 6 CPUs free in the best zone < 10 requested (6 + 6 free)" in wide
    assert "1 edgeward numa: NUMA zones of the node are not known" in wide
    assert placed == {"narrow0": "even", "narrow1": "even"}
    assert "numa: 2 CPUs free in the best zone < 4 requested (2 + 2 free)" in third  # 4 of the 12 CPUs are free
