"""Metrics that cannot be read: hold, say it once, and say once that they are back."""

from __future__ import annotations

import pytest

from tests.autoscaler.controller.world import World

pytestmark = pytest.mark.looptime

METRICS = "/apis/metrics.k8s.io"


async def test_without_the_metrics_api_it_holds_with_one_event_and_one_when_it_is_back() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    async with world.running():
        await world.passes(1)
        world.kube.absent.add(METRICS)
        world.wishes.home = 1
        await world.passes(20)
        assert world.replicas() == 2
        assert world.condition("MetricsAvailable")["reason"] == "FailedGetResourceMetric"
        assert world.condition("ScalingActive")["status"] == "False"
        world.kube.absent.discard(METRICS)
        world.wishes.home = 2
        await world.passes(2)
    reasons = [reason for reason, _ in world.events()]
    assert reasons == ["FailedGetResourceMetric", "MetricsAvailable"]
    assert world.condition("MetricsAvailable") == {}


async def test_reads_of_a_pass_do_not_grow_with_autoscalers() -> None:
    world = World()
    world.node()
    for number in range(5):
        world.deploy(f"web{number}", replicas=2)
        world.autoscaler(f"web{number}")
    async with world.running():
        await world.passes(1)
        world.kube.calls.clear()
        await world.passes(4)
    gets = [path for verb, path, _ in world.kube.calls if verb == "get"]
    assert len(gets) == 4
    assert all(METRICS in path for path in gets)
