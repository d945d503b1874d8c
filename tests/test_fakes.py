"""The fake API server keeps what the real one promises: whoever trusts it in a test may trust the answer."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from kube.client import KubeClient
from kube.errors import Conflict, Forbidden, Gone, NotFound, Unreachable
from tests.fakes import FakeKube, Write

PODS = "/api/v1/pods"
POD = "/api/v1/namespaces/web/pods/a"


def pod(name: str = "a", **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "web", "labels": labels}, "spec": {}}


@pytest.fixture
def kube() -> FakeKube:
    return FakeKube()


async def told(kube: KubeClient, params: dict[str, str], wanted: int) -> list[tuple[str, str]]:
    """(type, name) of the next *wanted* events."""
    found: list[tuple[str, str]] = []
    async with asyncio.timeout(5), kube.watch(PODS, params, idle_s=5) as lines:
        async for one in lines:
            event = msgspec.json.decode(one)
            found.append((event["type"], event["object"]["metadata"].get("name", "")))
            if len(found) == wanted:
                break
    return found


async def test_pages_show_one_moment_and_name_its_version(kube: FakeKube) -> None:
    for name in ("a", "b", "c"):
        kube.put(PODS, pod(name))
    first = msgspec.json.decode(await kube.get(PODS, {"limit": "2"}))
    kube.put(PODS, pod("d"))
    rest = msgspec.json.decode(await kube.get(PODS, {"limit": "2", "continue": first["metadata"]["continue"]}))
    assert [item["metadata"]["name"] for item in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert (first["metadata"]["resourceVersion"], rest["metadata"]) == ("3", {"resourceVersion": "3"})


async def test_watch_tells_what_came_after_its_version_and_bookmarks_when_asked(kube: FakeKube) -> None:
    kube.put(PODS, pod("a"))
    kube.put(PODS, pod("b"))
    kube.put(PODS, pod("a"))
    kube.drop(POD)
    assert await told(kube, {"resourceVersion": "1"}, 3) == [("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "a")]
    task = asyncio.create_task(told(kube, {"resourceVersion": "4", "allowWatchBookmarks": "true"}, 1))
    await kube.watched()
    kube.bookmark()
    assert await task == [("BOOKMARK", "")]


async def test_what_leaves_a_selection_is_deleted_to_its_watcher(kube: FakeKube) -> None:
    kube.put(PODS, pod("a", tier="edge"))
    kube.put(PODS, pod("b", tier="cloud"))
    kube.put(PODS, pod("a", tier="cloud"))
    kube.put(PODS, pod("b", tier="edge"))
    params = {"resourceVersion": "1", "labelSelector": "tier in (edge, metro)"}
    assert await told(kube, params, 2) == [("DELETED", "a"), ("ADDED", "b")]


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"labelSelector": "tier=edge"}, ["a"]),
        ({"labelSelector": "tier!=edge,tier"}, ["b"]),
        ({"labelSelector": "!tier"}, ["c"]),
        ({"labelSelector": "tier notin (edge)"}, ["b", "c"]),
        ({"fieldSelector": "spec.nodeName="}, ["a", "b", "c"]),
        ({"fieldSelector": "spec.nodeName=n1"}, []),
        ({"fieldSelector": "metadata.name!=a"}, ["b", "c"]),
    ],
)
async def test_selectors_select(kube: FakeKube, params: dict[str, str], names: list[str]) -> None:
    for thing in (pod("a", tier="edge"), pod("b", tier="cloud"), pod("c")):
        kube.put(PODS, thing)
    listed = msgspec.json.decode(await kube.get(PODS, params))
    assert [item["metadata"]["name"] for item in listed["items"]] == names


async def test_binding_goes_to_the_pod_that_was_meant_and_once_only(kube: FakeKube) -> None:
    kube.put(PODS, pod())
    binding: dict[str, Any] = {"metadata": {"name": "a", "uid": "other"}, "target": {"name": "n1"}}
    with pytest.raises(Conflict, match="precondition failed: uid other"):
        await kube.create(f"{POD}/binding", binding)
    binding["metadata"] = {"name": "a", "uid": "uid-1", "annotations": {"edgeward.dev/gpu-devices": "0"}}
    await kube.create(f"{POD}/binding", binding)
    assert kube.thing(POD)["spec"]["nodeName"] == "n1"
    assert kube.thing(POD)["metadata"]["annotations"] == {"edgeward.dev/gpu-devices": "0"}
    with pytest.raises(Conflict, match='already assigned to node "n1"'):
        await kube.create(f"{POD}/binding", binding)
    assert [write.path for write in kube.writes] == [f"{POD}/binding"] * 3


async def test_patches_apply_whole_or_not_at_all(kube: FakeKube) -> None:
    kube.put(PODS, pod(tier="edge"))
    await kube.patch(POD, {"metadata": {"labels": {"tier": None, "a/b": "1"}}})
    assert kube.thing(POD)["metadata"]["labels"] == {"a/b": "1"}
    steps = [
        {"op": "add", "path": "/metadata/labels/x", "value": "2"},
        {"op": "test", "path": "/metadata/labels/a~1b", "value": "1"},
    ]
    await kube.patch(POD, steps, kind="json")
    assert kube.thing(POD)["metadata"]["labels"] == {"a/b": "1", "x": "2"}
    with pytest.raises(Exception, match="422 Invalid"):
        await kube.patch(POD, [{"op": "remove", "path": "/metadata/labels/x"}, {**steps[1], "value": "9"}], kind="json")
    with pytest.raises(Conflict, match="resourceVersion 1"):
        await kube.patch(POD, {"metadata": {"resourceVersion": "1"}})
    assert kube.thing(POD)["metadata"]["labels"] == {"a/b": "1", "x": "2"}


async def test_objects_are_made_once_and_gone_when_deleted(kube: FakeKube) -> None:
    await kube.create("/api/v1/namespaces/web/pods", pod())
    with pytest.raises(Conflict, match='pods "a" already exists'):
        await kube.create("/api/v1/namespaces/web/pods", pod())
    await kube.delete(POD)
    with pytest.raises(NotFound, match='pods "a" not found'):
        await kube.get(POD)
    assert kube.writes[-1] == Write("delete", POD)


async def test_what_is_forbidden_absent_or_forgotten_is_refused_as_such(kube: FakeKube) -> None:
    kube.put(PODS, pod("a"))
    kube.put(PODS, pod("b"))
    first = msgspec.json.decode(await kube.get(PODS, {"limit": "1"}))
    kube.gone()
    with pytest.raises(Gone):
        await kube.get(PODS, {"limit": "1", "continue": first["metadata"]["continue"]})
    with pytest.raises(Gone, match="too old resource version: 1"):
        await told(kube, {"resourceVersion": "1"}, 1)
    kube.forbidden.add(PODS)
    with pytest.raises(Forbidden):
        await kube.get("/api/v1/namespaces/web/pods")
    kube.forbidden.clear()
    kube.absent.add(PODS)
    with pytest.raises(NotFound):
        await kube.get(PODS)


@pytest.mark.looptime
async def test_nothing_waits_longer_than_it_was_told_to(kube: FakeKube) -> None:
    kube.put(PODS, pod())
    now = asyncio.get_running_loop().time
    kube.hang()
    with pytest.raises(Unreachable, match="within 7 s"):
        await kube.get(PODS, timeout_s=7)
    kube.hang(hung=False)
    start = now()
    async with kube.watch(PODS, {"resourceVersion": "1"}, idle_s=90) as lines:
        kube.hang()
        with pytest.raises(Unreachable, match="nothing came for 90 s"):
            await anext(lines)
    assert now() - start == pytest.approx(90)
    kube.unreachable = True
    kube.hang(hung=False)
    with pytest.raises(Unreachable, match="connection refused"):
        await kube.get(PODS)
