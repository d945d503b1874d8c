"""Workloads of any kind with a scale subresource: found by discovery, read by its scale, written to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from kube.client import CALL_TIMEOUT_S, NO_PARAMS
from tests.autoscaler.controller.world import DEPLOYMENTS, REPLICA_SETS, SHOP, World, owner
from tests.fakes import FakeKube

pytestmark = pytest.mark.looptime

API = "example.com/v1"
CLONES = f"/apis/{API}/clonesets"
RESOURCES = {"resources": [{"name": "clonesets", "kind": "CloneSet"}, {"name": "clonesets/scale", "kind": "Scale"}]}


class ScalableKube(FakeKube):
    """With one kind more, whose scale is made of its object."""

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        if path == f"/apis/{API}":
            return msgspec.json.encode(RESOURCES)
        content = await super().get(path, params, timeout_s=timeout_s)
        if not path.endswith("/scale"):
            return content
        thing: dict[str, Any] = msgspec.json.decode(content)
        selector = ",".join(f"{key}={value}" for key, value in thing["spec"]["labels"].items())
        thing["status"] = {"replicas": thing["spec"]["replicas"], "selector": selector}
        return msgspec.json.encode(thing)


def a_world(pods_owner: str) -> World:
    world = World(kube=ScalableKube())
    world.node()
    world.kube.put(
        CLONES,
        {
            "metadata": {"name": "web", "namespace": SHOP, "uid": "clones"},
            "spec": {"replicas": 2, "labels": {"app": "web"}},
        },
    )
    for number in range(2):
        world.pod(f"web-{number}", owned_by=pods_owner, labels={"app": "web"})
        world.use(f"web-{number}", "400m")
    world.autoscaler(scaleTargetRef={"apiVersion": API, "kind": "CloneSet", "name": "web"})
    return world


async def test_it_is_scaled_through_its_scale() -> None:
    world = a_world("clones")
    world.wishes.home = 5
    async with world.running():
        await world.passes(1)
    assert world.kube.thing(f"/apis/{API}/namespaces/{SHOP}/clonesets/web")["spec"]["replicas"] == 5
    assert [pod.name for pod in world.wishes.seen[0].pods] == ["web-0", "web-1"]


async def test_pods_owned_through_a_kind_that_nobody_knows_are_taken_by_their_labels() -> None:
    world = a_world("something-in-between")
    async with world.running():
        await world.passes(1)
    assert [pod.name for pod in world.wishes.seen[0].pods] == ["web-0", "web-1"]
    assert world.condition("ForeignPods") == {}


async def test_a_new_one_of_such_a_kind_is_read_between_passes_and_others_stay_known() -> None:
    world = a_world("clones")
    other = {"metadata": {"name": "two", "namespace": SHOP}, "spec": {"replicas": 2, "labels": {"app": "two"}}}
    world.kube.put(CLONES, other)
    async with world.running():
        await world.passes(1)
        seen = len(world.wishes.seen)
        world.autoscaler(name="two", scaleTargetRef={"apiVersion": API, "kind": "CloneSet", "name": "two"})
        await asyncio.sleep(3)
        assert len(world.wishes.seen) == seen + 1
        world.autoscaler(scaleTargetRef={"apiVersion": API, "kind": "CloneSet", "name": "web"}, maxReplicas=9)
        await asyncio.sleep(3)
        assert len(world.wishes.seen) == seen + 2
    assert "FailedGetScale" not in {reason for reason, _ in world.events()}


async def test_replicas_of_such_a_kind_that_are_over_edge_are_counted_once() -> None:
    world = a_world("something-in-between")
    labels = {"app": "web", "edgeward.dev/companion": "cloud"}
    world.pod("cloud-0", owned_by="rs-cloud", labels=labels)
    async with world.running():
        await world.passes(1)
        uid = world.kube.thing(f"/apis/edgeward.dev/v1alpha1/namespaces/{SHOP}/edgeautoscalers/web")["metadata"]["uid"]
        world.kube.put(
            DEPLOYMENTS,
            {
                "metadata": {
                    "name": "web-cloud",
                    "namespace": SHOP,
                    "uid": "companion",
                    "labels": {"edgeward.dev/companion": "cloud"},
                    "ownerReferences": [{"uid": uid, "controller": True}],
                },
                "spec": {"replicas": 1, "selector": {"matchLabels": labels}},
            },
        )
        world.kube.put(
            REPLICA_SETS,
            {
                "metadata": {
                    "name": "web-cloud-1",
                    "namespace": SHOP,
                    "uid": "rs-cloud",
                    "ownerReferences": [owner("companion")],
                },
                "spec": {"replicas": 1},
            },
        )
        await world.passes(1)
    assert [(pod.name, pod.place) for pod in world.wishes.seen[-1].pods] == [
        ("web-0", "home"),
        ("web-1", "home"),
        ("cloud-0", "cloud"),
    ]


async def test_a_kind_that_has_no_scale_is_told() -> None:
    world = a_world("clones")
    world.autoscaler(name="two", scaleTargetRef={"apiVersion": API, "kind": "Box", "name": "web"})
    async with world.running():
        await world.passes(1)
    assert world.condition("AbleToScale", "two")["message"] == f'no matches for kind "Box" in "{API}" with a scale'


async def test_a_stateful_set_has_its_pods_directly() -> None:
    world = World()
    world.node()
    made = world.kube.put(
        "/apis/apps/v1/statefulsets",
        {
            "metadata": {"name": "db", "namespace": SHOP},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "db"}}},
        },
    )
    world.pod("db-0", owned_by=made["metadata"]["uid"], labels={"app": "db"})
    world.autoscaler(name="db", scaleTargetRef={"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"})
    async with world.running():
        await world.passes(1)
    assert [pod.name for pod in world.wishes.seen[0].pods] == ["db-0"]


async def test_a_replica_set_of_its_own_can_be_scaled() -> None:
    world = World()
    world.node()
    world.kube.put(
        "/apis/apps/v1/replicasets",
        {
            "metadata": {"name": "rs", "namespace": SHOP, "uid": "rs"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "rs"}}},
        },
    )
    world.pod("rs-0", owned_by="rs", labels={"app": "rs"})
    world.use("rs-0", "400m")
    world.autoscaler(name="rs", scaleTargetRef={"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs"})
    async with world.running():
        await world.passes(1)
    assert world.kube.thing(f"/apis/apps/v1/namespaces/{SHOP}/replicasets/rs")["spec"]["replicas"] == 2
