"""The extender under a stock kube-scheduler: that it works at all. What it is worth is proven beside."""

from __future__ import annotations

from collections import Counter

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.extender import RunningExtender, latency_config_map
from tests.cluster.objects import pod_manifest
from tests.cluster.setup_k import setup_k

LOCAL = {
    "edgeward.dev/preferred": "local",
    "edgeward.dev/fallback": "neighbor,cloud",
    "edgeward.dev/origin": "local",
}


async def test_pods_fill_the_preferred_site_then_the_neighbour_then_the_cloud(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    await api.create(latency_config_map({("local", "neighbor"): 8.0, ("local", "cloud"): 41.0}))
    extender = RunningExtender(control_plane)
    control_plane.start_scheduler(extender.scheduler_config())
    try:
        names = [f"p{number:02}" for number in range(45)]
        for name in names:  # one after the other, so that the order is ours
            await api.create(pod_manifest(name, cpu="1", annotations=LOCAL), namespace=namespace)
        placed = await api.wait_placed(*names, namespace=namespace)
    finally:
        control_plane.stop_scheduler()
        extender.stop()
        await api.clear("ConfigMap", namespace="kube-system", labelSelector="edgeward.dev/config")
    sites = Counter(node.rpartition("-")[0] for node in placed.values())
    assert sites == {"local": 24, "neighbor": 16, "cloud": 5}  # 6 · 4 CPUs, 4 · 4 CPUs, the rest
