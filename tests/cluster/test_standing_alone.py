"""An edge that is cut off stands alone: what is asked is answered from what the request tells, or from what was known.

How long answers take is printed, since a loaded machine is no failure; what is asserted is ten times what is promised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.cluster.api import Api
from tests.cluster.books import DEVICES, MILLI
from tests.cluster.build import Programs
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployed import RTT_MS
from tests.cluster.extender import NAMESPACE, RunningExtender, latency_config_map
from tests.cluster.objects import Manifest, pod_manifest
from tests.cluster.ports import HOST
from tests.cluster.setup_k import setup_k
from tests.cluster.waiting import until

PROMISED_S = 0.1
LIMIT_S = 10 * PROMISED_S
TIMES = 20
ORIGIN = {"edgeward.dev/origin": "local"}
LOCAL = {"edgeward.dev/preferred": "local"} | ORIGIN
ONLY_LOCAL = LOCAL | {"edgeward.dev/required": "true"}


@pytest.fixture(scope="module")
def control_plane(programs: Programs) -> Iterator[ControlPlane]:
    """One of our own, because its API server is stopped."""
    with ControlPlane(programs) as plane:
        yield plane


def site(node: str) -> str:
    return node.rpartition("-")[0]


def with_nodes(pod: Manifest, nodes: Sequence[Manifest]) -> dict[str, Any]:
    return {"Pod": pod, "Nodes": {"metadata": {}, "items": nodes}, "NodeNames": None}


def with_names(pod: Manifest, names: Sequence[str]) -> dict[str, Any]:
    return {"Pod": pod, "Nodes": None, "NodeNames": names}


async def asked(extender: RunningExtender, verb: str, body: Mapping[str, Any]) -> tuple[Any, float]:
    """The answer, and the median of the seconds that it took, of twenty times."""
    told, took_s = None, []
    async with aiohttp.ClientSession() as client:
        for _ in range(TIMES):
            begun_s = time.monotonic()
            async with client.post(f"{extender.url}/{verb}", json=body) as answer:
                told = await answer.json()
            took_s.append(time.monotonic() - begun_s)
            assert answer.status == 200
    return told, sorted(took_s)[TIMES // 2]


async def test_without_an_api_server_it_says_so_in_one_line_and_judges_the_nodes_that_come_with_the_request(
    control_plane: ControlPlane,
) -> None:
    nodes = setup_k().nodes
    nowhere = f"https://{HOST}:{control_plane.ports.free()}"
    extender = RunningExtender(control_plane, kubeconfig=leading_to(nowhere, control_plane), await_ready=False)
    try:
        await until(lambda: is_alive(extender), what="the extender to answer", timeout_s=60)
        local, took_s = await asked(extender, "filter", with_nodes(a_pod("p", ONLY_LOCAL), nodes))
        anywhere = with_nodes(a_pod("q", LOCAL), nodes)
        passed, _ = await asked(extender, "filter", anywhere)
        scored, _ = await asked(extender, "prioritize", anywhere)
        limited = a_pod("r", ORIGIN | {"edgeward.dev/latency-class": "ar-vr"})
        unmeasured, _ = await asked(extender, "filter", with_nodes(limited, nodes))
        by_name, _ = await asked(extender, "filter", with_names(a_pod("s", {}), ["local-1"]))
        status, why = await asyncio.to_thread(extender.get, "/readyz")
        said = [line for line in extender.log().splitlines() if nowhere in line]
    finally:
        extender.stop()
    print(f"{len(nodes)} whole nodes were judged by their labels in {1000 * took_s:.1f} ms")
    assert {site(node["metadata"]["name"]) for node in local["Nodes"]["items"]} == {"local"}
    assert len(local["Nodes"]["items"]) + len(local["FailedAndUnresolvableNodes"]) == len(nodes)
    assert len(passed["Nodes"]["items"]) == len(nodes)
    score = {each["Host"]: each["Score"] for each in scored}
    assert min(score[node] for node in setup_k().of("local")) > max(score[node] for node in setup_k().of("cloud"))
    near = {site(node["metadata"]["name"]) for node in unmeasured["Nodes"]["items"]}
    assert near == {"local"}  # no measurement is needed inside a site, and without one nothing else passes a limit
    assert by_name["Error"] == f"edgeward is not ready: cannot reach {nowhere}: connection refused"
    assert (status, why) == (503, f"cannot reach {nowhere}: connection refused\n")
    assert len(said) == 1
    assert "trying again until it answers" in said[0]
    assert took_s < LIMIT_S


async def test_when_the_api_server_goes_answers_are_from_what_was_known(
    control_plane: ControlPlane, api: Api, namespace: str, fresh_nodes: FreshNodes
) -> None:
    await fresh_nodes(setup_k().nodes)
    names = list(setup_k().names)
    taken = [("local-5", "0"), ("local-5", "1"), ("local-6", "0")]
    await api.create(
        *(
            pod_manifest(f"taken-{n}", nodeName=node, annotations={MILLI: "900", DEVICES: device})
            for n, (node, device) in enumerate(taken)
        ),
        latency_config_map(RTT_MS),
        namespace=namespace,
    )
    near = with_names(a_pod("near", ORIGIN | {"edgeward.dev/latency-class": "ar-vr"}), names)
    share = with_names(a_pod("share", ORIGIN | {MILLI: "500"}), names)
    extender = RunningExtender(control_plane)
    try:
        await until(lambda: passes_any(extender, near), what="round trips to be known")
        await asyncio.to_thread(control_plane.stop_apiserver, grace_s=0.1)
        try:
            limited, took_s = await asked(extender, "filter", near)
            shared, _ = await asked(extender, "filter", share)
            scored, _ = await asked(extender, "prioritize", share)
            status, _ = await asyncio.to_thread(extender.get, "/readyz")
        finally:
            await asyncio.to_thread(control_plane.start_apiserver)
    finally:
        extender.stop()
        await api.clear("ConfigMap", namespace=NAMESPACE, labelSelector="edgeward.dev/config")
    print(f"{len(names)} names were answered from what was known in {1000 * took_s:.1f} ms")
    assert {site(node) for node in limited["NodeNames"]} == {"local", "neighbor"}  # the cloud is 41 ms away
    assert len(limited["NodeNames"]) + len(limited["FailedAndUnresolvableNodes"]) == len(names)
    assert shared["NodeNames"] == ["local-6", "cloud-7", "cloud-8", "cloud-9", "cloud-10"]  # one GPU is left at local
    assert [each["Host"] for each in scored] == names
    assert status == 200  # what it knows stays good
    assert took_s < LIMIT_S


def a_pod(name: str, annotations: Mapping[str, str]) -> Manifest:
    """As kube-scheduler sends it, that is with a UID."""
    pod = pod_manifest(name, annotations=annotations)
    pod["metadata"]["uid"] = f"uid-{name}"
    return pod


def leading_to(server: str, plane: ControlPlane) -> Path:
    """The administrator's kubeconfig for another server."""
    path = plane.folder / "kubeconfigs" / "nowhere.yaml"
    text = plane.kubeconfig.read_text(encoding="utf-8")
    path.write_text(text.replace(plane.server, server), encoding="utf-8")
    return path


def is_alive(extender: RunningExtender) -> bool:
    try:
        return extender.get("/healthz")[0] == 200
    except OSError:
        return False


async def passes_any(extender: RunningExtender, body: Mapping[str, Any]) -> bool:
    """Does any node?"""
    async with aiohttp.ClientSession() as client, client.post(f"{extender.url}/filter", json=body) as answer:
        return bool((await answer.json())["NodeNames"])
