"""What outlives a process: histories, and that no step is made twice."""

from __future__ import annotations

import asyncio

import pytest

from kube.errors import KubeError, refusal
from tests.autoscaler.controller.world import EPOCH_S, World

pytestmark = pytest.mark.looptime


def a_world() -> World:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    world.wishes.home = 4
    world.wishes.period_s = 180
    return world


async def test_a_history_survives_a_restart() -> None:
    world = a_world()
    async with world.running():
        await world.passes(1)
    made_s = world.wishes.seen[0].now_s
    world.wishes.home = 6
    async with world.running():
        await world.passes(1)
        assert world.wishes.histories[-1].last_change_s == pytest.approx(made_s, abs=1)
        assert world.replicas() == 4  # the period goes on where it was
        await asyncio.sleep(200)
        assert world.replicas() == 6


async def test_who_begins_to_lead_reads_what_others_wrote() -> None:
    world = a_world()
    async with world.running() as parts:
        await world.passes(1)
        over = asyncio.Event()
        other = asyncio.create_task(parts.leading.lead(over))  # as after a loss of the lease
        await world.passes(1)
        over.set()
        await other
        assert world.wishes.histories[-1].last_change_s is not None


async def test_a_history_that_cannot_be_written_means_that_no_step_is_made() -> None:
    world = a_world()

    def no_status(verb: str, path: str) -> KubeError | None:
        return refusal(500, "InternalError", "etcd is full") if path.endswith("/status") else None

    world.kube.failing = no_status
    async with world.running():
        await world.passes(2)
        assert world.writes("/scale") == []
        world.kube.failing = lambda _verb, _path: None
        await world.passes(1)
    assert world.replicas() == 4


async def test_the_history_is_written_before_the_step() -> None:
    world = a_world()
    async with world.running():
        await world.passes(1)
    kinds = [path.rpartition("/")[2] for path in world.writes()]
    assert kinds[:2] == ["status", "scale"]


async def test_without_the_leadership_nothing_is_written() -> None:
    world = a_world()
    world.may_act = False
    async with world.running():
        await world.passes(2)
    assert world.writes() == []


async def test_leadership_lost_between_history_and_step_ends_the_step() -> None:
    world = a_world()

    def lose(verb: str, path: str) -> None:
        if path.endswith("/status"):
            world.may_act = False

    world.kube.failing = lose
    async with world.running():
        await world.passes(1)
    assert world.writes("/scale") == []


async def test_a_watch_that_is_behind_does_not_make_a_step_twice() -> None:
    world = a_world()
    world.wishes.period_s = 0
    async with world.running():
        await world.passes(1)
        world.wishes.home = 5
        seen = len(world.wishes.seen)
        world.kube.hang()
        await asyncio.sleep(1)
        world.kube.hang(hung=False)
        await world.passes(1)
        assert len(world.wishes.seen) > seen
    assert [write.body["spec"]["replicas"] for write in world.kube.writes if "/scale" in write.path] == [4, 5]


async def test_a_checkpoint_that_cannot_be_read_is_a_new_history() -> None:
    world = a_world()
    world.kube.put(
        "/apis/edgeward.dev/v1alpha1/edgeautoscalers",
        {
            **world.kube.thing("/apis/edgeward.dev/v1alpha1/namespaces/shop/edgeautoscalers/web"),
            "status": {"checkpoint": "rubbish", "desiredReplicas": 2},
        },
    )
    async with world.running():
        await world.passes(1)
    assert world.replicas() == 4
    assert world.wishes.seen[0].now_s >= EPOCH_S


async def test_when_it_is_over_steps_end_and_nothing_else_is_begun() -> None:
    world = a_world()
    for number in range(40):
        world.deploy(f"w{number}")
        world.autoscaler(f"w{number}")
    world.kube.delay_s = 1.0  # as much as a rate of calls would make the statuses wait
    async with world.running() as parts:
        while not world.writes("/status"):  # noqa: ASYNC110  # the fake tells nobody of a write
            await asyncio.sleep(0.1)
        began_s = world.now_s()
        assert parts.watched.autoscalers.names()
    assert world.now_s() - began_s < 10
    written = {path.split("/")[7] for path in world.writes("/status")}
    assert len(written) < 41  # those that waited for their turn were not begun
    assert {path.split("/")[7] for path in world.writes("/scale")} <= written
