"""Passes: how often, that one that fails stops no other, and that statuses do not flood the API server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from autoscaler.planner.decision import Decision
from autoscaler.planner.history import History
from autoscaler.planner.observation import Observation, Rooms
from autoscaler.planner.spec import Spec
from tests.autoscaler.controller.world import SHOP, Wishes, World
from tests.autoscaler.sources.metrics_kube import pod_metrics

pytestmark = pytest.mark.looptime


async def test_passes_come_at_the_period_with_a_little_jitter() -> None:
    world = World()
    world.node()
    world.deploy()
    world.autoscaler()
    async with world.running():
        await world.passes(6)
    times = [seen.now_s for seen in world.wishes.seen]
    gaps = [after - before for before, after in pairwise(times)]
    assert all(15 * 0.95 <= gap <= 15 * 1.05 + 0.1 for gap in gaps)
    assert len({round(gap, 3) for gap in gaps}) > 1


async def test_one_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Wishes):
        def __call__(self, spec: Spec, seen: Observation, history: History, rooms: Rooms) -> Decision:
            if spec.horizontal.max_replicas == 7:
                raise RuntimeError("a fault of ours")
            return super().__call__(spec, seen, history, rooms)

    plan = Broken(home=4)
    world = World(plan=plan)
    world.node()
    for name in ("a", "b"):
        world.deploy(name)
        world.autoscaler(name, maxReplicas=7 if name == "a" else 10)
    async with world.running():
        await world.passes(2)
    assert (world.replicas("a"), world.replicas("b")) == (2, 4)
    assert world.metrics.registry.get_sample_value("edgeward_autoscaler_failures_total") == 2
    assert "a fault of ours" in caplog.text


async def test_metrics_that_move_are_written_now_and_then_and_not_in_each_pass() -> None:
    class Moving(Wishes):
        def __call__(self, spec: Spec, seen: Observation, history: History, rooms: Rooms) -> Decision:
            decision = super().__call__(spec, seen, history, rooms)
            moved = tuple(replace(each, utilization=len(self.seen)) for each in decision.metrics)
            return replace(decision, metrics=moved)

    world = World(plan=Moving(home=2))
    world.node()
    world.deploy()
    world.autoscaler()
    async with world.running():
        await world.passes(1)
        before = len(world.writes("/status"))
        await world.passes(20)  # five minutes
        written = len(world.writes("/status")) - before
    assert 5 <= written <= 11  # one each 30 s, and no more


async def test_a_pass_writes_no_more_moving_statuses_than_its_share_of_calls() -> None:
    world = World(calls={"qps": 0.5, "burst": 100})  # 0.5 * 15 s / 2 = 3 a pass
    world.node()
    for number in range(10):
        world.deploy(f"w{number}")
        world.autoscaler(f"w{number}")
    async with world.running():
        await world.passes(1)
        assert len(world.writes("/status")) == 10  # what is new is told at once
        await asyncio.sleep(60)
        for number in range(10):
            world.use(f"w{number}-0", "123m")
        before = len(world.writes("/status"))
        await world.passes(1)
        assert len(world.writes("/status")) - before <= 3


async def test_readings_of_a_dead_pod_do_not_count() -> None:
    world = World()
    world.node()
    world.deploy(replicas=1)
    world.kube.put("/apis/metrics.k8s.io/v1beta1/pods", pod_metrics("gone", {"app": {"cpu": "9"}}, namespace=SHOP))
    world.autoscaler()
    async with world.running():
        await world.passes(1)
    (reading,) = world.wishes.seen[-1].readings
    assert set(reading.samples) == {"web-0"}  # type: ignore[union-attr]  # it was read
