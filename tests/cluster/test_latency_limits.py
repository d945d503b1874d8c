"""A latency class is a hard limit: never broken, by nothing but fresh measurements held, and told with its numbers."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

from policies.model.pod import LATENCY_CLASSES_MS
from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed
from tests.cluster.extender import latency_config_map
from tests.cluster.objects import pod_manifest
from tests.cluster.setup_k import setup_k

CLASS, ORIGIN, MAX_RTT = (f"edgeward.dev/{key}" for key in ("latency-class", "origin", "max-rtt-ms"))
RTT_MS = {("local", "local"): 1.4, ("local", "neighbor"): 5.1, ("local", "cloud"): 41.0}


async def test_pods_of_100_never_break_20_ms_and_wait_where_only_the_cloud_has_room(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    names = [f"p{n:03}" for n in range(100)]
    pods = [pod_manifest(name, annotations={CLASS: "ar-vr", ORIGIN: "local"}) for name in names]
    async with deployed(control_plane, api, rtt_ms=RTT_MS) as extender:
        await api.create(*pods, namespace=namespace)
        placed = await api.wait_settled(*names, namespace=namespace, timeout_s=60)
        late = next(name for name in names if name not in placed)
        why = await api.wait_unschedulable(late, namespace=namespace, says="latency")
        assert extender.metric("edgeward_deadline_misses_total") == 0
    sites = Counter(node.rpartition("-")[0] for node in placed.values())
    assert sites == {"local": 48, "neighbor": 32}  # 24 CPUs / 0.5, 16 CPUs / 0.5; 20 wait before an empty cloud
    assert sum(RTT_MS["local", site] > LATENCY_CLASSES_MS["ar-vr"] for site in sites.elements()) == 0
    assert "10 edgeward latency: latency 41 ms > 20 ms (ar-vr) from local" in why


async def test_pod_of_1_ms_waits_and_kubectl_describe_shows_what_was_measured(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    pod = pod_manifest("robot", annotations={CLASS: "remote-control", ORIGIN: "local"})
    async with deployed(control_plane, api, rtt_ms=RTT_MS):
        await api.create(pod, namespace=namespace)
        await api.wait_unschedulable("robot", namespace=namespace)
        described = await asyncio.to_thread(control_plane.kubectl, "describe", "pod", "robot", "-n", namespace)
        await api.delete("ConfigMap", "latency", namespace="kube-system")
        await api.create(latency_config_map(RTT_MS | {("local", "local"): 0.4}))
        placed = await api.wait_placed("robot", namespace=namespace)
    assert "latency 1.4 ms > 1 ms (remote-control) from local" in described
    assert "latency 5.1 ms > 1 ms (remote-control) from local" in described
    assert "latency 41 ms > 1 ms (remote-control) from local" in described
    assert placed["robot"].startswith("local-")


async def test_measurement_that_grows_stale_holds_no_limit_any_more(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    wishes = {MAX_RTT: "30", ORIGIN: "local"}
    async with deployed(control_plane, api, rtt_ms={}, latency={"fresh_s": 3}):
        await api.delete("ConfigMap", "latency", namespace="kube-system")
        await api.create(latency_config_map(RTT_MS, measured_at=datetime.now(UTC)))
        await api.create(pod_manifest("early", annotations=wishes), namespace=namespace)
        placed = await api.wait_placed("early", namespace=namespace)
        await asyncio.sleep(5)  # what this is about: that time passes
        await api.create(pod_manifest("late", annotations=wishes), namespace=namespace)
        why = await api.wait_unschedulable("late", namespace=namespace)
    assert placed["early"].startswith("local-")
    assert "latency from local unknown (measured " in why
    assert "too old" in why


async def test_pod_whose_origin_is_unknown_is_refused_by_its_limit_and_by_nothing_else(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    nowhere = {ORIGIN: "atlantis"}
    async with deployed(control_plane, api, rtt_ms=RTT_MS) as extender:
        await api.create(
            pod_manifest("limited", annotations=nowhere | {CLASS: "ar-vr"}),
            pod_manifest("no-origin", annotations={CLASS: "ar-vr"}),
            pod_manifest("unlimited", annotations=nowhere | {"edgeward.dev/preferred": "local"}),
            namespace=namespace,
        )
        await api.wait_placed("unlimited", namespace=namespace)
        limited = await api.wait_unschedulable("limited", namespace=namespace)
        without = await api.wait_unschedulable("no-origin", namespace=namespace)
        assert extender.metric("edgeward_errors_total") == 0
    assert "20 edgeward latency: latency limit 20 ms (ar-vr), but its origin 'atlantis' is no known site" in limited
    assert "20 edgeward latency: latency limit 20 ms (ar-vr), but the pod has no origin to measure from" in without
