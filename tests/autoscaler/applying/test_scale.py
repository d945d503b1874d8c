"""Scaling: what somebody typed in between stays, and what only the status moved is not mistaken for it."""

from __future__ import annotations

import asyncio

import pytest

from autoscaler.applying.outcome import ChangedByOthers, Done, Refused, Unanswered
from autoscaler.applying.scale import scale
from autoscaler.applying.workload import Workload
from kube.errors import KubeError, Unreachable, refusal
from tests.autoscaler.applying.deaf import Deaf
from tests.autoscaler.applying.objects import DEPLOYMENTS, WEB, deployment
from tests.fakes import FakeKube


@pytest.fixture
def kube() -> FakeKube:
    kube = FakeKube()
    kube.put(DEPLOYMENTS, deployment())
    return kube


def version(kube: FakeKube) -> str:
    return str(kube.thing(WEB.path)["metadata"]["resourceVersion"])


def replicas(kube: FakeKube) -> int:
    return int(kube.thing(WEB.path)["spec"]["replicas"])


async def test_replicas_are_set_with_one_guarded_call(kube: FakeKube) -> None:
    seen = version(kube)
    outcome = await scale(kube, WEB, seen=3, version=seen, to=6)
    assert outcome == Done(version=version(kube))
    assert replicas(kube) == 6
    assert [call[:2] for call in kube.calls] == [("patch", f"{WEB.path}/scale")]
    assert kube.writes[0].body == {"metadata": {"resourceVersion": seen}, "spec": {"replicas": 6}}


async def test_nothing_is_written_where_nothing_changes(kube: FakeKube) -> None:
    assert await scale(kube, WEB, seen=3, version="1", to=3) == Done(version="1", wrote=False)
    assert kube.calls == []


async def test_what_somebody_typed_meanwhile_is_kept(kube: FakeKube) -> None:
    seen = version(kube)
    kube.put(DEPLOYMENTS, deployment(replicas=10))
    outcome = await scale(kube, WEB, seen=3, version=seen, to=6)
    assert outcome == ChangedByOthers("Deployment shop/web was to go from 3 to 6 replicas, but somebody set it to 10")
    assert replicas(kube) == 10


async def test_somebody_who_typed_the_same_number_is_not_taken_for_us(kube: FakeKube) -> None:
    """Or a step of ours would be counted that was not."""
    seen = version(kube)
    kube.put(DEPLOYMENTS, deployment(replicas=6))
    assert isinstance(await scale(kube, WEB, seen=3, version=seen, to=6), ChangedByOthers)


async def test_a_status_that_moved_is_no_change_of_somebody(kube: FakeKube) -> None:
    seen = version(kube)
    moved = deployment()
    moved["status"]["updatedReplicas"] = 2
    kube.put(DEPLOYMENTS, moved)
    assert isinstance(await scale(kube, WEB, seen=3, version=seen, to=6), Done)
    assert replicas(kube) == 6
    assert [verb for verb, _, _ in kube.calls] == ["patch", "get", "patch"]


async def test_a_status_that_never_rests_ends_after_three_tries(kube: FakeKube) -> None:
    kube.failing = lambda verb, _: refusal(409, "Conflict", "modified") if verb == "patch" else None
    outcome = await scale(kube, WEB, seen=3, version="1", to=6)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "Busy"
    assert [verb for verb, _, _ in kube.calls] == ["patch", "get"] * 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param(refusal(404, "NotFound", "no such"), "NotFound", id="a workload that is gone"),
        pytest.param(refusal(403, "Forbidden", "no"), "Forbidden", id="a right that we lack"),
        pytest.param(refusal(422, "Invalid", "must be >= 0"), "Invalid", id="a number that is none"),
        pytest.param(refusal(429, "TooManyRequests", "later"), "TooManyRequests", id="a server that is busy"),
    ],
)
async def test_refusal_is_told_in_the_servers_words(kube: FakeKube, fault: KubeError, reason: str) -> None:
    kube.failing = lambda verb, _: fault
    assert await scale(kube, WEB, seen=3, version="1", to=6) == Refused(reason, str(fault))
    assert len(kube.calls) == 1


@pytest.mark.parametrize("unknown", ["", "0"])
async def test_version_that_would_guard_nothing_is_looked_up_first(kube: FakeKube, unknown: str) -> None:
    assert isinstance(await scale(kube, WEB, seen=2, version=unknown, to=6), ChangedByOthers)
    assert kube.writes == []
    assert isinstance(await scale(kube, WEB, seen=3, version=unknown, to=6), Done)
    assert "resourceVersion" in kube.writes[0].body["metadata"]
    assert kube.writes[0].body["metadata"]["resourceVersion"] not in {"", "0"}


async def test_zero_that_go_leaves_out_is_zero(kube: FakeKube) -> None:
    seen, paused = version(kube), deployment()
    del paused["spec"]["replicas"]
    kube.put(DEPLOYMENTS, paused)
    outcome = await scale(kube, WEB, seen=3, version=seen, to=6)
    assert outcome == ChangedByOthers("Deployment shop/web was to go from 3 to 6 replicas, but somebody set it to 0")


async def test_answer_that_was_lost_is_looked_after() -> None:
    kube = Deaf()
    kube.put(DEPLOYMENTS, deployment())
    assert await scale(kube, WEB, seen=3, version=version(kube), to=6) == Done(version=version(kube))
    assert len(kube.writes) == 1


async def test_call_that_never_arrived_is_tried_again(kube: FakeKube) -> None:
    kube.failing = lambda verb, _: Unreachable("cut") if verb == "patch" and len(kube.writes) == 1 else None
    assert isinstance(await scale(kube, WEB, seen=3, version=version(kube), to=6), Done)
    assert replicas(kube) == 6


async def test_silence_is_not_taken_for_a_no(kube: FakeKube) -> None:
    kube.unreachable = True
    assert isinstance(await scale(kube, WEB, seen=3, version="1", to=6), Unanswered)


@pytest.mark.looptime
async def test_server_that_hangs_costs_ten_seconds_at_most(kube: FakeKube) -> None:
    kube.hang()
    begun_s = asyncio.get_running_loop().time()
    assert isinstance(await scale(kube, WEB, seen=3, version="1", to=6), Unanswered)
    assert asyncio.get_running_loop().time() - begun_s == pytest.approx(10)  # the patch and the question after it


def test_names_cannot_lead_to_another_path() -> None:
    assert Workload(namespace="a", name="../b").path == "/apis/apps/v1/namespaces/a/deployments/..%2Fb"


def test_core_kinds_are_below_api() -> None:
    core = Workload(
        api_version="v1", kind="ReplicationController", plural="replicationcontrollers", namespace="a", name="b"
    )
    assert core.path == "/api/v1/namespaces/a/replicationcontrollers/b"
