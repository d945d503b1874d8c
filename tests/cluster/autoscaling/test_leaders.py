"""Of two autoscalers one leads. When it is killed the other goes on soon, and makes no step twice."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.cluster.api import Api
from tests.cluster.autoscaling.exporter import Exporter
from tests.cluster.autoscaling.load import loaded
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.autoscaling.scalers import autoscaler_manifest, queue_length
from tests.cluster.autoscaling.standing import rests, wait_active
from tests.cluster.autoscaling.witness import events, witnessed
from tests.cluster.conftest import FreshNodes
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import deployment_manifest, node_manifest
from tests.cluster.waiting import until

RESUMED_S = 20.0
LEASE_S = 15.0
LONG = {"periodSeconds": 180}


@pytest.fixture
def other(control_plane: ControlPlane, prometheus: str, autoscaler: RunningAutoscaler) -> Iterator[RunningAutoscaler]:
    """A second one beside `autoscaler`."""
    running = RunningAutoscaler(control_plane, name="other", prometheus=prometheus)
    yield running
    running.stop()


async def test_a_killed_leader_is_followed_within_twenty_seconds_and_its_step_is_not_made_twice(
    api: Api,
    namespace: str,
    fresh_nodes: FreshNodes,
    exporter: Exporter,
    autoscaler: RunningAutoscaler,
    other: RunningAutoscaler,
) -> None:
    await fresh_nodes([node_manifest("n1", cpu="32")])
    await api.create(
        *(deployment_manifest(name, replicas=2, cpu="100m") for name in ("stepped", "fresh")), namespace=namespace
    )
    async with (
        witnessed(api, namespace) as seen,
        loaded(api, namespace, "stepped", exporter=exporter, requests=20.0) as stepped,
        loaded(api, namespace, "fresh", exporter=exporter, requests=20.0) as fresh,
    ):
        await api.create(
            autoscaler_manifest("stepped", queue_length("10", queue="stepped"), most=20, scaleOut=LONG),
            autoscaler_manifest("fresh", queue_length("10", queue="fresh"), most=20, scaleOut=LONG),
            namespace=namespace,
        )
        await wait_active(api, namespace, "stepped", "fresh")
        stepped.requests = 60.0
        await seen.reached("stepped", 6)
        leader, follower = (autoscaler, other) if autoscaler.leads() else (other, autoscaler)
        leader.kill()
        killed_s = time.monotonic()
        stepped.requests, fresh.requests = 120.0, 60.0
        await seen.reached("fresh", 6)
        resumed_s = time.monotonic() - killed_s
        print(f"resumed {resumed_s:.1f} s after the leader was killed")
        await rests(follower)
        assert seen.path("fresh") == [2, 6]
        assert seen.path("stepped") == [2, 6]  # twelve are wished for, and the period of its first step goes on
        assert resumed_s <= RESUMED_S
        steps = [each["note"] for each in await events(api, namespace, "stepped") if each["reason"] == "ScaleOut"]
        assert len(steps) <= 1  # an Event is a courtesy: the one who was killed may have taken it along


async def test_a_leader_that_is_stopped_hands_over_at_once(
    autoscaler: RunningAutoscaler, other: RunningAutoscaler
) -> None:
    await until(autoscaler.leads, what="the first to lead")
    assert not other.leads()
    stopped_s = time.monotonic()
    assert autoscaler.stop() == 0
    await until(other.leads, what="the second to lead")
    took_s = time.monotonic() - stopped_s
    print(f"the second led {took_s:.1f} s after the first was told to stop")
    assert took_s < LEASE_S  # or it would have waited for the lease to run out
