"""After a break between extender and API server the mirror is right again within five seconds, and so are decisions.

While the line is cut the cluster changes in ways that only the mirror can know of: pods take the GPUs next door by
annotation, a link becomes slow, nodes come and go. A decision by what was known before would be wrong afterwards.
"""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.cluster.api import Api
from tests.cluster.build import Programs
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import RTT_MS, deployed
from tests.cluster.extender import NAMESPACE, RunningExtender, latency_config_map
from tests.cluster.objects import node_manifest, pod_manifest
from tests.cluster.ports import HOST
from tests.cluster.proxy import Proxy
from tests.cluster.setup_k import setup_k
from tests.cluster.waiting import until

RECOVERED_S = 5.0
PATIENCE_S = 30.0  # to measure how late it is, where it is late
SHARE = {"edgeward.dev/gpu-milli": "500", "edgeward.dev/preferred": "local", "edgeward.dev/origin": "local"}
NEAR = {"edgeward.dev/latency-class": "ar-vr", "edgeward.dev/preferred": "neighbor", "edgeward.dev/origin": "local"}
LOCAL_GPUS = [("local-5", 0), ("local-5", 1), ("local-6", 0), ("local-6", 1)]


@dataclass(frozen=True, slots=True)
class Break:
    """What a break has to do with."""

    plane: ControlPlane
    line: Proxy
    api: Api
    namespace: str


Breaks = Callable[[Break], Awaitable[None]]  # over when the API server is in reach again


@pytest.fixture(scope="module")
def control_plane(programs: Programs) -> Iterator[ControlPlane]:
    """One of our own, because its API server is stopped."""
    with ControlPlane(programs) as plane:
        yield plane


@pytest.fixture
def line(control_plane: ControlPlane) -> Iterator[Proxy]:
    port = int(control_plane.server.rpartition(":")[2])
    with Proxy(listen=control_plane.ports.free(), to=port) as line:
        yield line


async def change(on: Break) -> None:
    """The local GPUs are taken, the neighbour becomes far, two nodes come and one goes."""
    full = {"edgeward.dev/gpu-milli": "900"}
    taken = [
        pod_manifest(f"taken-{n}", annotations=full | {"edgeward.dev/gpu-devices": str(device)}, nodeName=node)
        for n, (node, device) in enumerate(LOCAL_GPUS)
    ]
    await on.api.create(*taken, namespace=on.namespace)
    await on.api.create(*(node_manifest(f"neighbor-{n}", site="neighbor", tier="edge") for n in (5, 6)))
    await on.api.delete("Node", "cloud-10")
    slower = latency_config_map(RTT_MS | {("local", "neighbor"): 80.0})
    await on.api.patch("ConfigMap", slower["metadata"]["name"], {"data": slower["data"]}, namespace=NAMESPACE)


async def api_server_restarted(on: Break) -> None:
    await asyncio.to_thread(on.plane.restart_apiserver, grace_s=0.1)
    await change(on)


async def watches_cut(on: Break) -> None:
    on.line.cut()
    await change(on)
    await asyncio.sleep(3.0)  # so that it has tried in vain a few times, and waits long
    on.line.mend()


async def history_compacted(on: Break) -> None:
    """What the watches would go on from is neither in etcd nor in the API server's memory any more."""
    pods = await on.api.request("GET", "/api/v1/pods", limit="1")
    on.line.cut()
    await change(on)
    await compact(on.plane)
    await asyncio.to_thread(on.plane.restart_apiserver, grace_s=0.1)
    before = pods["metadata"]["resourceVersion"]
    told = await on.api.request("GET", "/api/v1/pods", watch="true", resourceVersion=before, timeoutSeconds="1")
    assert told["object"]["code"] == 410
    on.line.mend()


async def compact(plane: ControlPlane) -> None:
    """Up to now, over etcd's JSON gateway."""
    async with aiohttp.ClientSession(plane.etcd, raise_for_status=True) as etcd:
        root = base64.b64encode(b"/").decode()
        async with etcd.post("/v3/kv/range", json={"key": root}) as answer:
            revision = (await answer.json())["header"]["revision"]
        async with etcd.post("/v3/kv/compaction", json={"revision": revision, "physical": True}) as answer:
            await answer.read()


@pytest.mark.parametrize(
    "breaks", [watches_cut, api_server_restarted, history_compacted], ids=lambda breaks: breaks.__name__
)
async def test_mirror_and_decisions_are_right_within_five_seconds_after(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes, line: Proxy, breaks: Breaks
) -> None:
    await fresh_nodes(setup_k().nodes)
    on = Break(control_plane, line, api, namespace)
    async with deployed(control_plane, api, kubeconfig=through(line, control_plane)) as extender:
        before = await placed(api, namespace, "share-1", "near-1")
        assert before == {"share-1": "local", "near-1": "neighbor"}
        await api.delete("Pod", "share-1", namespace=namespace)

        await breaks(on)
        back_s = time.monotonic()
        await until(
            lambda: knows_all(extender, api, namespace), what="the mirror to equal the API", timeout_s=PATIENCE_S
        )
        took_s = time.monotonic() - back_s
        print(f"{breaks.__name__}: the mirror equalled the API {took_s:.2f} s after the API server was back")

        await api.wait_ready(["neighbor-5", "neighbor-6"])
        after = await placed(api, namespace, "share-2", "near-2")
        share = await asyncio.to_thread(extender.explain, namespace, "share-2")
        pod = await api.get("Pod", "share-2", namespace=namespace)
        names = {node["metadata"]["name"] for node in await api.all("Node")}
    assert took_s <= RECOVERED_S
    assert after == {"share-2": "cloud", "near-2": "local"}
    assert {node["node"] for node in share["nodes"]} == names
    assert share["node"] == pod["spec"]["nodeName"]
    assert ",".join(map(str, share["devices"])) == pod["metadata"]["annotations"]["edgeward.dev/gpu-devices"]


def through(line: Proxy, plane: ControlPlane) -> Path:
    """The administrator's kubeconfig over that line."""
    path = plane.folder / "kubeconfigs" / f"through-{line.port}.yaml"
    text = plane.kubeconfig.read_text(encoding="utf-8")
    path.write_text(re.sub(r"https://\S+", f"https://{HOST}:{line.port}", text), encoding="utf-8")
    return path


async def placed(api: Api, namespace: str, share: str, near: str) -> dict[str, str]:
    """Pod → site, of one that wants half a GPU and of one that must be near."""
    wishes = {share: SHARE, near: NEAR}
    await api.create(
        *(pod_manifest(name, annotations=annotations) for name, annotations in wishes.items()), namespace=namespace
    )
    nodes = await api.wait_placed(*wishes, namespace=namespace, timeout_s=60)
    return {name: nodes[name].rpartition("-")[0] for name in wishes}


async def knows_all(extender: RunningExtender, api: Api, namespace: str) -> bool:
    """Are nodes and pods as many as the API says, and is the link known to be slow?"""
    nodes, pods = await api.all("Node"), await api.all("Pod")
    bound = [pod for pod in pods if pod["spec"].get("nodeName")]
    known = [await asyncio.to_thread(extender.metric, f"edgeward_snapshot_{what}") for what in ("nodes", "pods")]
    if known != [len(nodes), len(bound)]:
        return False
    told = await asyncio.to_thread(extender.explain, namespace, "near-1")
    (neighbor,) = (each for each in told["nodes"] if each["node"] == "neighbor-1")
    return bool(neighbor["refusal"]) and "latency 80 ms > 20 ms (ar-vr)" in neighbor["refusal"]["reason"]
