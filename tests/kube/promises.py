"""What callers of a KubeClient build on. The fake and a real API server (tests/cluster) keep the same promises.

Each takes a client and a namespace of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from kube.client import KubeClient
from kube.errors import ApiError, Conflict, NotFound

Promise = Callable[[KubeClient, str], Awaitable[None]]


def pods(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


def pod(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "a"}},
        # of a scheduler that does not exist: nobody else binds it
        "spec": {"schedulerName": "nobody", "containers": [{"name": "c", "image": "nothing"}]},
    }


async def made(client: KubeClient, namespace: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(await client.create(pods(namespace), pod(name)))
    return found


async def an_object_is_made_once_and_gone_when_deleted(client: KubeClient, namespace: str) -> None:
    await made(client, namespace, "a")
    with pytest.raises(Conflict) as caught:
        await client.create(pods(namespace), pod("a"))
    assert (caught.value.status, caught.value.reason) == (409, "AlreadyExists")
    await client.delete(f"{pods(namespace)}/a")
    with pytest.raises(NotFound) as missing:
        await client.patch(f"{pods(namespace)}/a", {"metadata": {}})
    assert missing.value.message == 'pods "a" not found'


async def a_pod_is_bound_once_and_only_the_one_that_was_meant(client: KubeClient, namespace: str) -> None:
    uid = (await made(client, namespace, "a"))["metadata"]["uid"]
    path = f"{pods(namespace)}/a"

    def binding(uid: str, node: str) -> dict[str, Any]:
        meta = {"name": "a", "uid": uid, "annotations": {"edgeward.dev/gpu-devices": "0,3"}}
        return {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": meta,
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }

    with pytest.raises(Conflict, match=r"(?i)precondition failed: uid"):
        await client.create(f"{path}/binding", binding("00000000-0000-4000-8000-000000000000", "n1"))
    await client.create(f"{path}/binding", binding(uid, "n1"))
    bound = msgspec.json.decode(await client.get(path))
    assert bound["spec"]["nodeName"] == "n1"
    assert bound["metadata"]["annotations"]["edgeward.dev/gpu-devices"] == "0,3"
    for node in ("n1", "n2"):
        with pytest.raises(Conflict, match='already assigned to node "n1"'):
            await client.create(f"{path}/binding", binding(uid, node))
    with pytest.raises(NotFound):
        await client.create(f"{pods(namespace)}/b/binding", {**binding(uid, "n1"), "metadata": {"name": "b"}})


async def a_patch_applies_whole_or_not_at_all(client: KubeClient, namespace: str) -> None:
    meta = (await made(client, namespace, "a"))["metadata"]
    path = f"{pods(namespace)}/a"
    await client.patch(path, {"metadata": {"labels": {"app": None, "b/c": "1"}, "uid": meta["uid"]}})
    step = {"op": "add", "path": "/metadata/labels/d", "value": "2"}
    await client.patch(path, [{"op": "test", "path": "/metadata/labels/b~1c", "value": "1"}, step], kind="json")
    refused = [{"op": "remove", "path": "/metadata/labels/d"}, {"op": "test", "path": "/metadata/name", "value": "x"}]
    with pytest.raises(ApiError) as caught:
        await client.patch(path, refused, kind="json")
    assert (caught.value.status, caught.value.reason) == (422, "Invalid")
    with pytest.raises(Conflict):
        await client.patch(path, {"metadata": {"resourceVersion": meta["resourceVersion"], "labels": {"d": "3"}}})
    with pytest.raises(ApiError, match="field is immutable") as caught:  # 422 and no conflict, unlike a binding's uid
        await client.patch(path, {"metadata": {"uid": "00000000-0000-4000-8000-000000000000", "labels": {"d": "3"}}})
    assert caught.value.status == 422
    after = msgspec.json.decode(await client.get(path))
    assert after["metadata"]["labels"] == {"b/c": "1", "d": "2"}


async def pages_show_one_moment_and_a_watch_goes_on_from_there(client: KubeClient, namespace: str) -> None:
    for name in ("a", "b", "c"):
        await made(client, namespace, name)
    params = {"limit": "2", "labelSelector": "app in (a)"}
    page = msgspec.json.decode(await client.get(pods(namespace), params))
    await made(client, namespace, "d")
    rest = msgspec.json.decode(await client.get(pods(namespace), {**params, "continue": page["metadata"]["continue"]}))
    assert [item["metadata"]["name"] for item in page["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["metadata"]["resourceVersion"] == page["metadata"]["resourceVersion"]
    await client.patch(f"{pods(namespace)}/a", {"metadata": {"labels": {"app": "other"}}})
    version = {"resourceVersion": page["metadata"]["resourceVersion"], "labelSelector": "app in (a)"}
    told: list[tuple[str, str]] = []
    async with asyncio.timeout(10), client.watch(pods(namespace), version, idle_s=10) as lines:
        async for line in lines:
            event = msgspec.json.decode(line)
            told.append((event["type"], event["object"]["metadata"]["name"]))
            if len(told) == 2:
                break
    assert told == [("ADDED", "d"), ("DELETED", "a")]  # what leaves the selection is deleted to its watcher


PROMISES: tuple[Promise, ...] = (
    an_object_is_made_once_and_gone_when_deleted,
    a_pod_is_bound_once_and_only_the_one_that_was_meant,
    a_patch_applies_whole_or_not_at_all,
    pages_show_one_moment_and_a_watch_goes_on_from_there,
)
