"""Replicas in another cluster: made there, counted, kept when it cannot be asked, and gone with their owner."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.autoscaler.controller.world import EAS, SHOP, World

pytestmark = pytest.mark.looptime

COMPANION = f"/apis/apps/v1/namespaces/{SHOP}/deployments/web-cluster-far"
OURS = f"/apis/edgeward.dev/v1alpha1/namespaces/{SHOP}/edgeautoscalers/web"
PLACE = "cluster:far"
OVER_EDGE: dict[str, Any] = {"clusters": [{"name": "far", "kubeconfigSecret": "far"}], "maxReplicas": 4}


def a_world() -> World:
    world = World()
    world.node()
    world.deploy(replicas=2)
    secret = base64.b64encode(b"elsewhere").decode()
    world.kube.put("/api/v1/secrets", {"metadata": {"name": "far", "namespace": SHOP}, "data": {"kubeconfig": secret}})
    world.autoscaler(overEdge=OVER_EDGE)
    world.wishes.beyond, world.wishes.kind = {PLACE: 2}, "OverEdge"
    return world


def companions(world: World) -> list[int]:
    things = world.elsewhere.store.things.get("/apis/apps/v1/deployments", {})
    return [thing["spec"]["replicas"] for thing in things.values()]


async def test_a_companion_is_made_there_and_its_replicas_are_counted() -> None:
    world = a_world()
    async with world.running():
        await world.passes(2)
    assert companions(world) == [2]
    assert world.wishes.seen[-1].beyond == {PLACE: 2}
    assert world.status()["beyondReplicas"] == {PLACE: 2}
    assert world.kube.thing(OURS)["metadata"]["finalizers"] == ["edgeward.dev/companions"]
    assert [reason for reason, _ in world.events()] == ["OverEdge"]


async def test_a_cluster_that_is_cut_off_keeps_what_it_had() -> None:
    world = a_world()
    async with world.running():
        await world.passes(2)
        world.elsewhere.unreachable = True
        await world.passes(3)
        assert world.wishes.seen[-1].beyond == {PLACE: 2}
        assert world.replicas() == 2


async def test_a_secret_that_is_not_there_is_told_and_nothing_is_done() -> None:
    world = a_world()
    world.kube.drop(f"/api/v1/namespaces/{SHOP}/secrets/far")
    async with world.running():
        await world.passes(1)
    assert companions(world) == []
    (event,) = world.events()
    assert event[0] == "FailedOverEdge"


async def test_what_is_there_goes_before_its_owner() -> None:
    world = a_world()
    async with world.running():
        await world.passes(2)
        thing = world.kube.thing(OURS)
        thing["metadata"]["deletionTimestamp"] = "2023-11-14T22:13:20Z"
        world.kube.put(EAS, thing)
        await world.passes(2)
        assert companions(world) == []
        assert not world.kube.thing(OURS)["metadata"].get("finalizers")
        writes = len(world.kube.writes)
        await world.passes(2)
        assert len(world.kube.writes) == writes


async def test_replicas_come_home_from_there() -> None:
    world = a_world()
    async with world.running():
        await world.passes(2)
        world.wishes.beyond, world.wishes.kind = {}, "ScaleIn"
        await world.passes(1)
        assert companions(world) == []
        await world.passes(1)
    assert world.wishes.seen[-1].beyond == {}
