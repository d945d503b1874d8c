"""The writes of the second and third rung, and the way home."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.autoscaler.controller.world import DEPLOYMENTS, PODS, REPLICA_SETS, SHOP, World, owner

pytestmark = pytest.mark.looptime

CLOUD = f"/apis/apps/v1/namespaces/{SHOP}/deployments/web-cloud"
BIG = {"app": {"cpu": 1000, "memory": 64 * 1024 * 1024 * 1000}}
LADDER: dict[str, Any] = {
    "vertical": {"mode": "InPlace", "containers": [{"name": "app", "maxAllowed": {"cpu": "2"}}]},
    "overEdge": {"tiers": ["neighbor", "cloud"], "maxReplicas": 4},
}


def a_world() -> World:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler(**LADDER)
    return world


def requests(world: World, pod: str) -> str:
    thing = world.kube.thing(f"/api/v1/namespaces/{SHOP}/pods/{pod}")
    return str(thing["spec"]["containers"][0]["resources"]["requests"]["cpu"])


async def test_over_edge_makes_a_companion_that_is_ours() -> None:
    world = a_world()
    world.wishes.beyond = {"cloud": 2}
    world.wishes.kind = "OverEdge"
    async with world.running():
        await world.passes(2)
    companion = world.kube.thing(CLOUD)
    assert companion["spec"]["replicas"] == 2
    (reference,) = companion["metadata"]["ownerReferences"]
    assert (reference["kind"], reference["name"], reference["controller"]) == ("EdgeAutoscaler", "web", True)
    assert world.wishes.seen[-1].beyond == {"cloud": 2}
    assert world.status()["beyondReplicas"] == {"cloud": 2}
    assert [reason for reason, _ in world.events()] == ["OverEdge"]


async def test_a_place_that_is_asked_for_no_more_keeps_what_it_has_in_sight() -> None:
    world = a_world()
    world.wishes.beyond = {"cloud": 2}
    world.wishes.kind = "OverEdge"
    async with world.running():
        await world.passes(2)
        world.autoscaler()  # no overEdge any more
        await world.passes(2)
    assert world.wishes.seen[-1].beyond == {"cloud": 2}


async def with_companion(world: World, replicas: int) -> None:
    """Two replicas in the cloud, whose pods bear the labels of those at home."""
    made = world.kube.thing(CLOUD)
    made["status"] = {"replicas": replicas}
    world.kube.put(DEPLOYMENTS, made)
    uid = made["metadata"]["uid"]
    world.kube.put(
        REPLICA_SETS,
        {
            "metadata": {"name": "web-cloud-1", "namespace": SHOP, "uid": "rs-cloud", "ownerReferences": [owner(uid)]},
            "spec": {"replicas": replicas},
        },
    )
    for number in range(replicas):
        world.pod(f"cloud-{number}", owned_by="rs-cloud", labels={"app": "web", "edgeward.dev/companion": "cloud"})
        world.use(f"cloud-{number}", "300m")


async def test_replicas_beyond_are_seen_at_their_place_and_are_not_foreign() -> None:
    world = a_world()
    world.wishes.beyond = {"cloud": 2}
    async with world.running():
        await world.passes(1)
        await with_companion(world, 2)
        await world.passes(1)
    seen = world.wishes.seen[-1]
    assert {pod.name: pod.place for pod in seen.pods} == {
        "web-0": "home",
        "web-1": "home",
        "cloud-0": "cloud",
        "cloud-1": "cloud",
    }
    assert seen.status_replicas == 4
    assert world.condition("ForeignPods") == {}


async def test_those_beyond_go_only_when_those_at_home_serve() -> None:
    world = a_world()
    world.wishes.beyond = {"cloud": 2}
    async with world.running():
        await world.passes(1)
        await with_companion(world, 2)
        await world.passes(1)
        world.wishes.home, world.wishes.beyond, world.wishes.kind = 4, {}, "ComeHome"
        await world.passes(1)
        world.wishes.period_s = 300
        await world.passes(1)
        assert world.replicas() == 4
        assert world.kube.thing(CLOUD)["spec"]["replicas"] == 2
        for number in (2, 3):
            world.pod(f"web-{number}", owned_by="rs-web", labels={"app": "web"})
        await world.passes(2)
        assert world.writes("web-cloud")[-1] == CLOUD
        assert "web-cloud" not in {name for _, name in world.kube.store.things[DEPLOYMENTS]}
        await world.passes(1)
        assert world.wishes.seen[-1].beyond == {}


async def test_those_beyond_stay_when_those_at_home_do_not_come_up() -> None:
    world = a_world()
    world.wishes.beyond = {"cloud": 2}
    async with world.running():
        await world.passes(1)
        await with_companion(world, 2)
        await world.passes(1)
        world.wishes.home, world.wishes.beyond, world.wishes.kind = 4, {}, "ComeHome"
        await world.passes(1)
        assert world.replicas() == 4
        world.wishes.period_s = 1000
        await asyncio.sleep(200)
        for number in (2, 3):
            world.pod(f"web-{number}", owned_by="rs-web", labels={"app": "web"})
        await world.passes(1)
    assert world.kube.thing(CLOUD)["spec"]["replicas"] == 2


async def test_replicas_become_bigger_in_place_and_new_ones_as_they_appear() -> None:
    world = a_world()
    world.wishes.size, world.wishes.kind, world.wishes.period_s = BIG, "ScaleUp", 1000
    async with world.running() as parts:
        parts.observer.resizable = True
        await world.passes(1)
        assert [requests(world, f"web-{number}") for number in (0, 1)] == ["1", "1"]
        assert world.status()["size"] == {"app": {"cpu": "1", "memory": "67108864"}}
        world.pod("web-2", owned_by="rs-web", labels={"app": "web"})
        await world.passes(1)
        assert requests(world, "web-2") == "1"
    assert [reason for reason, _ in world.events()] == ["ScaleUp"]


async def test_room_is_what_the_nodes_of_all_replicas_have_left_for_each() -> None:
    world = a_world()
    async with world.running():
        await world.passes(1)
    # (8000 - 2 * 500) / 2 = 3500 CPU; (16 Gi - 2 * 64 Mi) / 2 in thousandths of bytes
    gi, mi = 1024**3, 1024**2
    assert world.wishes.seen[-1].headroom == {"cpu": 3500, "memory": (16 * gi - 2 * 64 * mi) // 2 * 1000}


async def test_resize_feedback_counts_only_for_the_resize_asked_for_last() -> None:
    world = a_world()
    since = "2023-11-14T22:00:00Z"
    for number, generation in ((0, 3), (1, 2)):
        pod = world.kube.thing(f"/api/v1/namespaces/{SHOP}/pods/web-{number}")
        pod["metadata"]["generation"] = 3
        pod["status"]["conditions"].append(
            {
                "type": "PodResizePending",
                "status": "True",
                "reason": "Infeasible",
                "lastTransitionTime": since,
                "observedGeneration": generation,
            }
        )
        world.kube.put(PODS, pod)
    async with world.running():
        await world.passes(1)
    assert [pod.resize for pod in world.wishes.seen[-1].pods] == ["Infeasible", ""]


def steps(world: World, kind: str, outcome: str) -> float:
    labels = {"step": kind, "outcome": outcome}
    return world.metrics.registry.get_sample_value("edgeward_autoscaler_steps_total", labels) or 0.0


async def test_a_place_that_refuses_is_kept_for_a_period_and_then_tried_again() -> None:
    world = a_world()
    foreign = {"metadata": {"name": "web-cloud", "namespace": SHOP}, "spec": {"replicas": 1}}
    world.kube.put(DEPLOYMENTS, foreign)
    world.wishes.beyond, world.wishes.kind = {"cloud": 2}, "OverEdge"
    async with world.running():
        await world.passes(1)
        world.wishes.beyond = {}
        await world.passes(1)
        refused = world.wishes.seen[-1].refused
        assert list(refused) == ["cloud"]
        assert "exists and is not of EdgeAutoscaler web" in refused["cloud"]
        written = len(world.writes("/status"))
        await world.passes(2)
        assert len(world.writes("/status")) == written
        await world.passes(10)
    assert world.wishes.seen[-1].refused == {}
    assert [reason for reason, _ in world.events()].count("FailedOverEdge") == 1


async def test_a_step_up_that_is_refused_leaves_the_next_rung_its_turn() -> None:
    world = a_world()
    world.wishes.size, world.wishes.kind = BIG, "ScaleUp"
    world.kube.forbidden = {f"/api/v1/namespaces/{SHOP}/pods/web-{number}" for number in (0, 1)}
    async with world.running() as parts:
        parts.observer.resizable = True
        await world.passes(1)
        world.wishes.size = {}
        await world.passes(1)
    assert list(world.wishes.seen[-1].refused) == ["up"]


async def test_companions_get_the_image_that_home_gets() -> None:
    world = a_world()
    world.wishes.beyond, world.wishes.kind = {"cloud": 2}, "OverEdge"
    async with world.running():
        await world.passes(2)
        home = world.kube.thing(f"/apis/apps/v1/namespaces/{SHOP}/deployments/web")
        home["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2"
        world.kube.put(DEPLOYMENTS, home)
        await world.passes(6)
        companion = world.kube.thing(CLOUD)
        assert companion["spec"]["template"]["spec"]["containers"][0]["image"] == "web:2"
        assert companion["spec"]["replicas"] == 2
        written = len(world.writes("web-cloud"))
        await world.passes(5)
        assert len(world.writes("web-cloud")) == written


async def test_a_step_to_what_is_there_already_counts_and_makes_no_event() -> None:
    world = a_world()
    world.wishes.size, world.wishes.kind, world.wishes.period_s = {"app": {"cpu": 500}}, "ScaleUp", 1000
    async with world.running() as parts:
        parts.observer.resizable = True
        await world.passes(3)
    assert world.wishes.histories[-1].last_change_s is not None
    assert world.events() == []
    assert (steps(world, "ScaleUp", "Unchanged"), steps(world, "ScaleUp", "Done")) == (1, 0)
