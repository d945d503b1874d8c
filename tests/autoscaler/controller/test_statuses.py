"""Statuses that wait for their turn, and those whose autoscaler is another by then."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from autoscaler.controller.acting import AT_ONCE
from autoscaler.planner.decision import Decision
from autoscaler.planner.history import History
from autoscaler.planner.observation import Observation, Rooms
from autoscaler.planner.spec import Spec
from tests.autoscaler.controller.world import EAS, SHOP, Wishes, World
from tests.fakes import FakeKube

pytestmark = pytest.mark.looptime

LATE = "z"


class SlowKube(FakeKube):
    """Statuses of all but one wait until they may be written."""

    def __init__(self) -> None:
        super().__init__()
        self.may_write = asyncio.Event()

    async def patch(self, path: str, body: object, **how: Any) -> bytes:
        if path.endswith("/status") and f"/{LATE}/" not in path:
            await self.may_write.wait()
        return await super().patch(path, body, **how)


class OneMoves(Wishes):
    """Only the last one wants a change; what a metric says of it is another thing each time."""

    def __call__(self, spec: Spec, seen: Observation, history: History, rooms: Rooms) -> Decision:
        is_late = spec.horizontal.max_replicas == 7
        wanted, self.home = self.home, self.home if is_late else seen.home
        try:
            decision = super().__call__(spec, seen, history, rooms)
        finally:
            self.home = wanted
        return replace(decision, wish=len(self.seen)) if is_late else decision


def a_world() -> tuple[World, SlowKube, OneMoves]:
    """As many as may be written at once, and one more."""
    kube, plan = SlowKube(), OneMoves(home=1)
    world = World(plan=plan, kube=kube)
    world.node()
    for name in (*(f"w{number:02}" for number in range(AT_ONCE)), LATE):
        world.deploy(name, replicas=1)
        world.autoscaler(name, maxReplicas=7 if name == LATE else 10)
    return world, kube, plan


async def test_a_status_that_waited_does_not_undo_that_of_a_later_step() -> None:
    world, kube, plan = a_world()
    async with world.running():
        await world.passes(1)
        assert world.status(LATE) == {}  # it waits for the others
        plan.home = 4
        await world.passes(1)
        assert world.replicas(LATE) == 4
        kube.may_write.set()
        await asyncio.sleep(1)
        assert world.status(LATE)["desiredReplicas"] == 4
        assert world.condition("AbleToScale", LATE)["reason"] == "SucceededRescale"


async def test_however_long_a_status_waits_it_is_written_once_and_as_it_is_by_then() -> None:
    world, kube, _ = a_world()
    async with world.running():
        await world.passes(1)
        for cpu in ("100m", "200m", "300m"):
            world.use(f"{LATE}-0", cpu)
            await world.passes(1)
        world.autoscaler(LATE, maxReplicas=7, minReplicas=1, paused=True)
        await world.passes(1)
        waiting = len([task for task in asyncio.all_tasks() if "_guarded" in str(task.get_coro())])
        kube.may_write.set()
        await asyncio.sleep(1)
        assert len(world.writes(f"/{LATE}/status")) == 1
    assert waiting == AT_ONCE + 1


async def test_one_made_anew_under_the_name_gets_nothing_of_the_old_one() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    path = f"/apis/edgeward.dev/v1alpha1/namespaces/{SHOP}/edgeautoscalers/web"

    def first_made_anew(verb: str, asked: str) -> None:
        if verb == "patch" and asked == f"{path}/status":
            world.kube.failing = lambda *_: None
            old = world.kube.drop(path)
            del old["metadata"]["uid"]
            world.kube.put(EAS, {**old, "status": {}})

    world.wishes.home = 4
    world.kube.failing = first_made_anew
    async with world.running():
        await world.passes(1)
        assert (world.status(), world.replicas()) == ({}, 2)  # and without a history no step
        await world.passes(1)
    assert (world.status()["desiredReplicas"], world.replicas()) == (4, 4)
