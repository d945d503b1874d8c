"""A pod that waits for something that Kubernetes does not see is woken when that changes."""

from __future__ import annotations

import asyncio
import time

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed
from tests.cluster.extender import NAMESPACE, latency_config_map
from tests.cluster.objects import pod_manifest
from tests.cluster.setup_k import setup_k

WISHES = {"edgeward.dev/latency-class": "ar-vr", "edgeward.dev/origin": "local"}
TOO_FAR = {("local", site): 25.0 for site in ("local", "neighbor", "cloud")}
NEARER = latency_config_map(TOO_FAR | {("local", "neighbor"): 7.0})
WOKEN_S = 5.0  # 1.6 s where it was measured, most of it until facts that come in bunches have settled
NOT_WOKEN_S = 8.0


async def wait_for_nearer(api: Api, namespace: str) -> None:
    """A pod waits because all sites are too far, until one of them is not."""
    await api.create(pod_manifest("p", annotations=WISHES), namespace=namespace)
    await api.wait_unschedulable("p", namespace=namespace, says="latency 25 ms > 20 ms (ar-vr)")
    await asyncio.sleep(2)  # its back-off is over, so that nothing but a wake-up is missing
    await api.patch("ConfigMap", "latency", {"data": NEARER["data"]}, namespace=NAMESPACE)


async def test_pod_is_placed_within_seconds_of_the_latency_that_suits_it(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    async with deployed(control_plane, api, rtt_ms=TOO_FAR) as extender:
        await wait_for_nearer(api, namespace)
        changed_s = time.monotonic()
        placed = await api.wait_placed("p", namespace=namespace)
        took_s = time.monotonic() - changed_s
        assert extender.metric("edgeward_nudges_total") == 1
    pod = await api.get("Pod", "p", namespace=namespace)
    assert placed["p"].startswith("neighbor-")
    assert took_s < WOKEN_S
    assert "latency changed: 4 nodes would take it" in pod["metadata"]["annotations"]["edgeward.dev/retry"]


async def test_without_nudges_it_waits_until_something_else_changes(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    async with deployed(control_plane, api, rtt_ms=TOO_FAR, nudge={"per_minute": 0}):
        await wait_for_nearer(api, namespace)
        await asyncio.sleep(NOT_WOKEN_S)
        assert await api.placements(namespace) == {}
        await api.patch("Pod", "p", {"metadata": {"labels": {"touched": "yes"}}}, namespace=namespace)
        placed = await api.wait_placed("p", namespace=namespace)
    assert placed["p"].startswith("neighbor-")
