"""The whole loop on an API server in memory: watch, observe, decide, act, say so."""

from __future__ import annotations

import asyncio

import pytest

from autoscaler.api.v1alpha1.status import read_status
from autoscaler.planner.observation import PodValues
from kube.errors import KubeError, Unreachable
from tests.autoscaler.controller.world import PERIOD_S, SHOP, World

pytestmark = pytest.mark.looptime


async def test_a_workload_is_scaled_and_says_so() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    world.wishes.home = 4
    async with world.running():
        await world.passes(1)
    assert world.replicas() == 4
    assert world.events() == [("ScaleOut", "2 replicas → 4 replicas: cpu 80% of 50%")]
    status = world.status()
    assert (status["currentReplicas"], status["desiredReplicas"], status["rung"]) == (2, 4, "Out")
    assert status["lastDecision"]["step"] == "ScaleOut"
    assert status["lastDecision"]["why"] == "cpu 80% of 50%"
    assert status["selector"] == "app=web"
    assert status["observedGeneration"] == 1
    assert world.condition("AbleToScale")["reason"] == "SucceededRescale"


async def test_what_is_written_is_the_status_of_the_resource() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    world.wishes.home = 4
    async with world.running():
        await world.passes(2)
    status = world.status()
    assert read_status({"status": status}).as_json() == status


async def test_metrics_and_pods_are_what_is_decided_on() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    async with world.running():
        world.kube.drop(f"/apis/metrics.k8s.io/v1beta1/namespaces/{SHOP}/pods/web-1")
        await world.passes(2)
    seen = world.wishes.seen[-1]
    assert [pod.name for pod in seen.pods] == ["web-0", "web-1"]
    assert seen.template == {"app": {"cpu": 500, "memory": 64 * 1024 * 1024 * 1000}}
    (reading,) = seen.readings
    assert isinstance(reading, PodValues)
    assert {name: sample.by_container["app"] for name, sample in reading.samples.items()} == {"web-0": 400}


async def test_one_step_is_one_scale_and_two_statuses_however_many_passes() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    world.wishes.home = 4
    async with world.running():
        await world.passes(10)
    assert len(world.writes("/scale")) == 1
    # before the step, and the conditions of the pass after it; then nothing changes
    assert len(world.writes("/status")) == 2


async def test_in_dry_run_it_is_said_once_and_not_done() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler(dryRun=True)
    world.wishes.home = 4
    async with world.running():
        await world.passes(4)
    assert world.replicas() == 2
    assert world.writes("/scale") == []
    assert world.events() == [("WouldScaleOut", "dry run: would go from 2 replicas to 4 replicas: cpu 80% of 50%")]
    assert world.condition("DryRun")["message"] == "would go from 2 replicas to 4 replicas"
    assert "lastDecision" not in world.status()


async def test_paused_changes_nothing() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler(paused=True)
    world.wishes.home = 4
    async with world.running():
        await world.passes(2)
    assert world.replicas() == 2
    assert world.status()["desiredReplicas"] == 2


async def test_a_persons_change_during_a_step_is_kept_and_told_once() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    world.wishes.home = 4

    def person_first(verb: str, path: str) -> None:
        if verb == "patch" and path.endswith("/scale") and world.replicas() == 2:
            thing = world.kube.thing(f"/apis/apps/v1/namespaces/{SHOP}/deployments/web")
            thing["spec"]["replicas"] = 7
            world.kube.put("/apis/apps/v1/deployments", thing)
            world.wishes.home = 7

    world.kube.failing = person_first
    async with world.running():
        await world.passes(3)
    assert world.replicas() == 7
    (event,) = world.events()
    assert event[0] == "ChangedByOthers"
    assert "from 2 to 4 replicas, but somebody set it to 7; that is kept" in event[1]
    assert "lastDecision" not in world.status()
    assert world.wishes.histories[0].last_change_s is None
    assert world.wishes.histories[-1].last_change_s is not None  # so what was added stays for an inward period


async def test_a_step_that_is_refused_is_told_and_tried_again() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    world.wishes.home = 4
    world.kube.forbidden = {f"/apis/apps/v1/namespaces/{SHOP}/deployments/web/scale"}
    async with world.running():
        await world.passes(2)
        assert world.condition("AbleToScale")["reason"] == "FailedUpdateScale"
        world.kube.forbidden = set()
        await world.passes(1)
    assert world.replicas() == 4
    reasons = [reason for reason, _ in world.events()]
    assert reasons == ["FailedScaleOut", "ScaleOut"]


async def test_a_new_autoscaler_is_looked_at_within_seconds() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.wishes.home = 4
    async with world.running():
        await world.passes(1)
        world.autoscaler()
        await asyncio.sleep(3)  # of virtual time, far less than a period
        assert world.replicas() == 4
    assert PERIOD_S > 3


async def test_a_step_whose_answer_was_lost_counts_as_made() -> None:
    world = World()
    world.node()
    world.deploy(replicas=2)
    world.autoscaler()
    world.wishes.home, world.wishes.period_s = 4, 180

    def lost(verb: str, path: str) -> KubeError | None:
        return Unreachable("cannot reach it") if path.endswith("/scale") else None

    world.kube.failing = lost
    async with world.running():
        await world.passes(3)
    assert len(world.writes("/scale")) == 1  # the next one waits for the period
    (event,) = world.events()
    assert event[0] == "UnansweredScaleOut"
    assert world.wishes.histories[-1].last_change_s is not None
