"""The fake API server keeps what the real one promises: whoever trusts it in a test may trust the answer."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from kube.client import KubeClient
from kube.errors import Forbidden, Gone, NotFound, Unreachable
from tests.fakes import FakeKube, Write
from tests.kube.promises import PROMISES, Promise

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


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
async def test_fake_keeps_what_the_api_server_promises(kube: FakeKube, promise: Promise) -> None:
    await promise(kube, "web")


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


async def test_what_others_do_is_no_write_of_ours(kube: FakeKube) -> None:
    kube.put(PODS, pod())
    await kube.patch(POD, {"metadata": {"labels": {"a": "b"}}})
    await kube.delete(POD)
    assert kube.writes == [Write("patch", POD, {"metadata": {"labels": {"a": "b"}}}, "merge"), Write("delete", POD)]


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
