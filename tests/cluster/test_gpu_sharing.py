"""Shares of GPUs: no device is promised twice, its number comes with the binding, and a crash in between is mended."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.cluster.api import Api, Object
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import deployed
from tests.cluster.extender import RunningExtender
from tests.cluster.objects import Manifest, node_manifest, pod_manifest
from tests.cluster.waiting import until

MILLI, DEVICES = "edgeward.dev/gpu-milli", "edgeward.dev/gpu-devices"
GPU_MEMORY, GPU_COUNT = "aliyun.com/gpu-mem", "aliyun.com/gpu-count"
ASSIGNED = "ALIYUN_COM_GPU_MEM_"
SHARE = 240  # four on a device
BURST = 50  # so 50 of 240 need 12.5 devices, of 13


def gpu_node(name: str, gpus: int) -> Manifest:
    return node_manifest(name, site="local", tier="edge", cpu="64", gpus=gpus, gpu_model="NVIDIA-T4")


def sharing(name: str, milli: int = SHARE, **spec: Any) -> Manifest:
    return pod_manifest(name, cpu="10m", annotations={MILLI: str(milli)}, **spec)


def promised_milli(pods: Sequence[Object]) -> dict[tuple[str, int], int]:
    """What each device of each node is promised by the annotations of the pods on it."""
    promised: dict[tuple[str, int], int] = defaultdict(int)
    for pod in pods:
        node, annotations = pod["spec"].get("nodeName"), pod["metadata"]["annotations"]
        if node:
            promised[node, int(annotations[DEVICES])] += int(annotations[MILLI])
    return promised


def bound_without_devices(seen: Sequence[Object]) -> set[str]:
    """Pods that were on a node at any moment without saying which device is theirs."""
    bound = [pod["metadata"] for pod in seen if "nodeName" in pod["spec"]]
    return {metadata["name"] for metadata in bound if DEVICES not in metadata["annotations"]}


async def bind(client: aiohttp.ClientSession, extender: RunningExtender, pod: Object, node: str) -> str:
    """What the extender says of it."""
    metadata = pod["metadata"]
    body = {
        "PodName": metadata["name"],
        "PodNamespace": metadata["namespace"],
        "PodUID": metadata["uid"],
        "Node": node,
    }
    async with client.post(f"{extender.url}/bind", json=body) as answer:
        said: dict[str, str] = await answer.json()
        return said.get("Error", "")


@asynccontextmanager
async def audited(api: Api, namespace: str) -> AsyncIterator[list[Object]]:
    """Every state of the pods from now on that a watcher can see, growing while the block runs."""
    seen: list[Object] = []

    async def look() -> None:
        async for change in api.watch("Pod", namespace=namespace):
            seen.append(change["object"])  # noqa: PERF401 - one by one, as they come

    looking = asyncio.create_task(look())
    try:
        yield seen
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def test_fifty_binds_at_once_give_no_device_twice_and_the_last_is_refused(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes([gpu_node("gpu", 13)])
    async with (
        deployed(control_plane, api) as extender,
        aiohttp.ClientSession() as client,
        audited(api, namespace) as seen,
    ):
        names = [f"p{n:02}" for n in range(BURST)]
        pods = await api.create(*(sharing(name, scheduler="nobody") for name in names), namespace=namespace)
        said = await asyncio.gather(*(bind(client, extender, pod, "gpu") for pod in pods))
        assert said == [""] * BURST
        more = await api.create(*(sharing(f"q{n}", scheduler="nobody") for n in range(3)), namespace=namespace)
        late = [await bind(client, extender, pod, "gpu") for pod in more]
        again = await asyncio.gather(*(bind(client, extender, pod, "gpu") for pod in pods))
        assert again == [""] * BURST  # they are where they were asked to be
        bound = await api.all("Pod", namespace=namespace)
        await until(lambda: sum("nodeName" in pod["spec"] for pod in seen) >= BURST + 2, what="all that was seen")
    assert late[:2] == ["", ""]  # 13 · 4 places, 52 taken
    assert "no GPU that it could get is left there: [40, 40," in late[2]
    assert set(promised_milli(bound).values()) == {4 * SHARE}
    assert bound_without_devices(seen) == set()


async def test_burst_of_shares_through_kube_scheduler_fills_devices_and_over_commits_none(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes([gpu_node("a", 4), gpu_node("b", 4), gpu_node("c", 5)])
    names = [f"p{n:02}" for n in range(BURST + 5)]
    async with deployed(control_plane, api), audited(api, namespace) as seen:
        await api.create(*(sharing(name) for name in names), namespace=namespace)

        async def full() -> bool:
            return len(await api.placements(namespace)) >= 52  # 13 · 4

        await until(full, what="52 shares to be placed", timeout_s=60)
        for late in set(names) - set(await api.placements(namespace)):
            await api.wait_unschedulable(late, namespace=namespace, says="edgeward fit: ")
        pods = await api.all("Pod", namespace=namespace)
    promised = promised_milli(pods)
    assert (len(promised), set(promised.values())) == (13, {4 * SHARE})
    assert bound_without_devices(seen) == set()


@pytest.mark.parametrize("after", [5, 25])
async def test_extender_killed_amid_fifty_binds_completes_them_after_its_restart(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes, after: int
) -> None:
    await fresh_nodes([gpu_node("a", 4), gpu_node("b", 4), gpu_node("c", 5)])
    names = [f"p{n:02}" for n in range(BURST)]
    async with deployed(control_plane, api) as extender, audited(api, namespace) as seen:

        def bound() -> int:
            return len({pod["metadata"]["name"] for pod in seen if "nodeName" in pod["spec"]})

        made = asyncio.create_task(api.create(*(sharing(name) for name in names), namespace=namespace))
        await until(lambda: bound() >= after, what=f"{after} pods to be bound", every_s=0.001)
        extender.kill()
        left = BURST - bound()
        await made
        extender.start()
        placed = await api.wait_placed(*names, namespace=namespace, timeout_s=60)
        pods = await api.all("Pod", namespace=namespace)
    assert left > 0  # it was amid them
    assert len(placed) == BURST
    assert max(promised_milli(pods).values()) <= 1000
    assert bound_without_devices(seen) == set()


async def test_gpushare_pod_gets_what_its_device_plugin_reads_and_one_card_with_room(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    cards = {GPU_COUNT: "2", GPU_MEMORY: "30"}  # two of 15 GiB
    await fresh_nodes([node_manifest("shared", site="local", tier="edge", resources=cards)])

    def wants(name: str, memory_gib: int) -> Manifest:
        return pod_manifest(name, cpu="10m", limits={GPU_MEMORY: str(memory_gib)})

    async with deployed(control_plane, api):
        found: list[Mapping[str, str]] = []
        for name, memory_gib in (("first", 8), ("second", 8), ("third", 7), ("fourth", 7)):
            await api.create(wants(name, memory_gib), namespace=namespace)
            await api.wait_placed(name, namespace=namespace)
            found.append((await api.get("Pod", name, namespace=namespace))["metadata"]["annotations"])
        await api.clear("Pod", namespace=namespace)
        for name in ("x", "y"):
            await api.create(wants(name, 8), namespace=namespace)
            await api.wait_placed(name, namespace=namespace)
        await api.create(wants("z", 8), namespace=namespace)
        why = await api.wait_unschedulable("z", namespace=namespace)
    assert [each[ASSIGNED + "POD"] for each in found] == ["8", "8", "7", "7"]
    assert sorted(each[ASSIGNED + "IDX"] for each in found) == ["0", "0", "1", "1"]
    assert (
        {each[ASSIGNED + "IDX"] for each in found[:2]} == {each[ASSIGNED + "IDX"] for each in found[2:]} == {"0", "1"}
    )
    assert {(each[ASSIGNED + "ASSIGNED"], each[ASSIGNED + "DEV"]) for each in found} == {("false", "15")}
    times = [int(each[ASSIGNED + "ASSUME_TIME"]) for each in found]
    assert times == sorted(set(times))  # the device plugin serves the oldest first
    assert "edgeward fit: " in why  # 14 GiB are free, 7 on each card, and kube-scheduler alone would bind it
