"""Preemption: the cheapest pods go whose going really makes room, budgets hold, and no other site pays for it.

kube-scheduler asks where its own resources lack; that a share of a GPU or a place lacks as well it learns from us.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cluster.api import Api
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed
from tests.cluster.objects import Manifest, node_manifest, pod_manifest
from tests.cluster.waiting import until

MILLI, DEVICES = "edgeward.dev/gpu-milli", "edgeward.dev/gpu-devices"
PRIORITIES = {"p1": 1, "p2": 2, "p5": 5, "p8": 8, "p100": 100}


@pytest.fixture(autouse=True)
async def priorities(api: Api) -> AsyncIterator[None]:
    """A PriorityClass for each number."""
    kind = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}
    await api.create(*({**kind, "metadata": {"name": name}, "value": value} for name, value in PRIORITIES.items()))
    yield
    await api.delete("PriorityClass", *PRIORITIES)


def gpu_node(name: str, *, gpus: int, site: str = "local") -> Manifest:
    return node_manifest(name, site=site, tier="edge", cpu="4", gpus=gpus, gpu_model="NVIDIA-T4")


def pod(name: str, priority: int, *, milli: int = 0, cpu: str = "1", node: str = "", **more: Any) -> Manifest:
    """A pod of a whole CPU; on *node* from the start if it is given, by who chose its device 0."""
    annotations = {MILLI: str(milli)} if milli else {}
    annotations |= more.pop("annotations", {})
    if node:
        more["nodeName"] = node
    return pod_manifest(name, cpu=cpu, annotations=annotations, priorityClassName=f"p{priority}", **more)


async def left(api: Api, namespace: str) -> set[str]:
    """Names of the pods that nobody deletes."""
    pods = await api.all("Pod", namespace=namespace)
    return {each["metadata"]["name"] for each in pods if "deletionTimestamp" not in each["metadata"]}


def residents() -> tuple[Manifest, ...]:
    """They fill four CPUs and two GPUs; the cheapest of them holds no GPU."""
    return (
        pod("cheapest", 1, node="g"),
        pod("cheap", 2, node="g"),
        pod("share-5", 5, milli=900, node="g", annotations={DEVICES: "0"}),
        pod("share-8", 8, milli=900, node="g", annotations={DEVICES: "1"}),
    )


async def test_cheapest_pod_that_makes_room_on_a_gpu_is_evicted_and_nobody_else(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes([gpu_node("g", gpus=2)])
    await api.create(*residents(), namespace=namespace)
    async with deployed(control_plane, api):
        await api.create(pod("urgent", 100, milli=500), namespace=namespace)
        await api.wait_placed("urgent", namespace=namespace)
        urgent = await api.get("Pod", "urgent", namespace=namespace)
    assert await left(api, namespace) == {"cheapest", "cheap", "share-8", "urgent"}
    assert urgent["metadata"]["annotations"][DEVICES] == "0"  # where share-5 was


async def test_without_our_verb_kube_scheduler_evicts_in_vain(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes([gpu_node("g", gpus=2)])
    await api.create(*residents(), namespace=namespace)
    async with deployed(control_plane, api, scheduler={"without": ("preempt",)}):
        await api.create(pod("urgent", 100, milli=500), namespace=namespace)

        async def evicted() -> bool:
            return "cheapest" not in await left(api, namespace)

        await until(evicted, what="the pod to go that kube-scheduler finds cheapest")
        await api.wait_unschedulable("urgent", namespace=namespace, says="1 edgeward fit: ")
        assert await left(api, namespace) == {"cheap", "share-5", "share-8", "urgent"}
        assert "urgent" not in await api.placements(namespace)


async def test_budget_is_respected_although_the_pod_under_it_is_cheaper(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes([gpu_node("g", gpus=2)])
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "stays"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "guarded"}}},
    }
    guarded = pod("guarded", 5, milli=900, node="g", labels={"app": "guarded"}, annotations={DEVICES: "0"})
    other = pod("other", 8, milli=900, node="g", annotations={DEVICES: "1"})
    filler = pod("filler", 100, node="g")
    await api.create(budget, residents()[0], guarded, other, filler, namespace=namespace)

    async def counted() -> bool:
        status = (await api.get("PodDisruptionBudget", "stays", namespace=namespace)).get("status", {})
        return (status.get("currentHealthy"), status.get("disruptionsAllowed")) == (1, 0)

    await until(counted, what="the budget to count its pod")
    async with deployed(control_plane, api):
        await api.create(pod("urgent", 100, milli=500), namespace=namespace)
        await api.wait_placed("urgent", namespace=namespace)
    assert await left(api, namespace) == {"cheapest", "guarded", "filler", "urgent"}


async def test_pod_limited_to_a_site_evicts_there_and_nowhere_else(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    nodes = [node_manifest(name, site=name, tier="edge", cpu="1") for name in ("local", "neighbor")]
    await fresh_nodes(nodes)
    await api.create(pod("here", 5, node="local"), pod("there", 1, node="neighbor"), namespace=namespace)
    only_local = {"edgeward.dev/preferred": "local", "edgeward.dev/required": "true", "edgeward.dev/origin": "local"}
    async with deployed(control_plane, api):
        await api.create(pod("urgent", 100, annotations=only_local), namespace=namespace)
        placed = await api.wait_placed("urgent", namespace=namespace)
        assert placed["urgent"] == "local"  # though `there` was cheaper
        await api.create(pod("late", 100, annotations=only_local), namespace=namespace)
        await api.wait_unschedulable("late", namespace=namespace)
    assert await left(api, namespace) == {"there", "urgent", "late"}
