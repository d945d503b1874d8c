"""Other clusters: found by their Secret, found anew when it changes, and no burden when they are cut off."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from autoscaler.applying.abroad import FINALIZER, clear_companions, seen_abroad, set_finalizer
from autoscaler.applying.clusters import Clusters
from autoscaler.applying.companion import keep_companion
from autoscaler.applying.outcome import ChangedByOthers, Done, Refused, Unanswered
from kube.client import KubeClient
from kube.errors import ConfigError, refusal
from tests.autoscaler.applying.objects import DEPLOYMENTS, OWNER, WEB, deployment
from tests.fakes import FakeKube

SECRETS = "/api/v1/namespaces/shop/secrets"
AUTOSCALERS = "/apis/edgeward.dev/v1alpha1/namespaces/shop/edgeautoscalers"
BERLIN = "cluster:berlin"


class World:
    """Home with its Secrets, and clusters by what their kubeconfigs say."""

    def __init__(self) -> None:
        self.home = FakeKube()
        self.there: dict[bytes, FakeKube] = {}
        self.clusters = Clusters(self.home, connect=self._connect)

    async def _connect(self, content: bytes, called: str) -> KubeClient:
        if content == b"wrong":
            raise ConfigError(f"{called}: wrong")
        self.there[content] = FakeKube()
        return self.there[content]

    def secret(self, content: bytes, **data: Any) -> None:
        told = data or {"kubeconfig": base64.b64encode(content).decode()}
        self.home.put(SECRETS, {"metadata": {"name": "berlin", "namespace": "shop"}, "data": told})

    async def client(self) -> Any:
        return await self.clusters.client("shop", "berlin")

    @property
    def reads(self) -> int:
        return len(self.home.calls)


@pytest.mark.looptime
async def test_secret_is_read_once_a_minute_and_the_session_kept_while_it_is_the_same() -> None:
    world = World()
    world.secret(b"one")
    first = await world.client()
    assert await world.client() is first
    assert world.reads == 1
    await asyncio.sleep(61)
    assert await world.client() is first
    assert world.reads == 2
    assert list(world.there) == [b"one"]


@pytest.mark.looptime
async def test_new_credentials_are_a_new_session_and_the_old_one_is_closed() -> None:
    world = World()
    world.secret(b"one")
    first = await world.client()
    world.secret(b"two")
    await asyncio.sleep(61)
    second = await world.client()
    assert second is not first
    assert world.there[b"one"].closed
    assert not world.there[b"two"].closed
    await world.clusters.close()
    assert world.there[b"two"].closed


@pytest.mark.looptime
async def test_home_that_is_cut_off_does_not_end_sessions_but_a_deleted_secret_does() -> None:
    world = World()
    world.secret(b"one")
    first = await world.client()
    await asyncio.sleep(61)
    world.home.unreachable = True
    assert await world.client() is first
    await asyncio.sleep(16)
    world.home.unreachable = False
    world.home.drop(f"{SECRETS}/berlin")
    outcome = await world.client()
    assert isinstance(outcome, Refused)
    assert outcome.reason == "NotFound"
    assert world.there[b"one"].closed


@pytest.mark.looptime
async def test_session_that_nobody_asks_for_is_closed() -> None:
    world = World()
    world.secret(b"one")
    await world.client()
    await asyncio.sleep(601)
    await world.clusters.client("shop", "another")
    assert world.there[b"one"].closed


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param({"other": "eA=="}, "data.kubeconfig is missing", id="no such key"),
        pytest.param({"kubeconfig": "!"}, "data.kubeconfig is not base64", id="no base64"),
        pytest.param(
            {"kubeconfig": base64.b64encode(b"wrong").decode()}, "Secret shop/berlin: wrong", id="no kubeconfig"
        ),
    ],
)
async def test_secret_that_does_not_lead_anywhere_is_refused_and_looked_at_again_soon(
    data: dict[str, str], says: str
) -> None:
    world = World()
    world.secret(b"", **data)
    for _ in range(3):
        outcome = await world.client()
        assert isinstance(outcome, Refused)
        assert outcome.reason == "InvalidKubeconfig"
        assert says in outcome.message
    assert world.reads == 1
    world.secret(b"one")
    await asyncio.sleep(16)
    assert not isinstance(await world.client(), Refused)


@pytest.mark.looptime
async def test_cluster_that_is_cut_off_costs_one_time_out_for_all_who_need_it() -> None:
    world = World()
    world.home.put(DEPLOYMENTS, deployment())
    world.secret(b"one")
    there = await world.client()
    world.there[b"one"].hang()
    begun_s = asyncio.get_running_loop().time()
    for _ in range(10):
        outcome = await keep_companion(world.home, WEB, OWNER, BERLIN, replicas=2, seen=0, there=there)
        assert isinstance(outcome, Refused)
        assert outcome.reason in {"Unreachable", "CutOff"}
    assert asyncio.get_running_loop().time() - begun_s == pytest.approx(5)


async def test_companion_abroad_is_counted_and_cleared_with_nothing_of_others() -> None:
    home, there = FakeKube(), FakeKube()
    home.put(DEPLOYMENTS, deployment())
    assert await seen_abroad(there, WEB, OWNER, BERLIN) == 0
    await keep_companion(home, WEB, OWNER, BERLIN, replicas=2, seen=0, there=there)
    assert await seen_abroad(there, WEB, OWNER, BERLIN) == 2
    there.put(DEPLOYMENTS, deployment("unrelated"))
    assert await clear_companions(there, OWNER) == Done()
    kept = there.store.things["/apis/apps/v1/deployments"].values()
    assert [thing["metadata"]["name"] for thing in kept] == ["unrelated"]
    assert await clear_companions(there, OWNER) == Done(wrote=False)


async def test_object_of_that_name_abroad_that_is_not_ours_is_told() -> None:
    home, there = FakeKube(), FakeKube()
    home.put(DEPLOYMENTS, deployment())
    await keep_companion(home, WEB, OWNER, BERLIN, replicas=2, seen=0, there=there)
    (path,) = [f"{DEPLOYMENTS}/{name}" for _, name in there.store.things["/apis/apps/v1/deployments"]]
    theirs = there.thing(path)
    theirs["metadata"]["labels"]["edgeward.dev/owner-uid"] = "another"
    there.put(DEPLOYMENTS, theirs)
    for outcome in (
        await seen_abroad(there, WEB, OWNER, BERLIN),
        await keep_companion(home, WEB, OWNER, BERLIN, replicas=0, seen=2, there=there),
    ):
        assert isinstance(outcome, Refused)
        assert outcome.reason == "ForeignObject"


async def test_clearing_that_fails_is_told_so_that_the_finalizer_stays() -> None:
    there = FakeKube()
    there.unreachable = True
    assert isinstance(await clear_companions(there, OWNER), Refused)
    there.unreachable = False
    home = FakeKube()
    home.put(DEPLOYMENTS, deployment())
    await keep_companion(home, WEB, OWNER, BERLIN, replicas=2, seen=0, there=there)
    there.failing = lambda verb, _: refusal(500, "InternalError", "oh") if verb == "delete" else None
    assert isinstance(await clear_companions(there, OWNER), Unanswered)


async def test_finalizer_is_put_beside_those_of_others_and_taken_from_among_them() -> None:
    kube = FakeKube()
    meta = {"name": "web", "namespace": "shop", "uid": "eas-1", "finalizers": ["other"]}
    kube.put(AUTOSCALERS, {"metadata": meta, "spec": {"maxReplicas": 3}})
    path = f"{AUTOSCALERS}/web"
    assert isinstance(await set_finalizer(kube, OWNER, to=True), Done)
    assert kube.thing(path)["metadata"]["finalizers"] == ["other", FINALIZER]
    outcome = await set_finalizer(kube, OWNER, to=True)
    assert isinstance(outcome, Done)
    assert not outcome.wrote
    assert isinstance(await set_finalizer(kube, OWNER, to=False), Done)
    assert kube.thing(path)["metadata"]["finalizers"] == ["other"]
    assert kube.thing(path)["spec"] == {"maxReplicas": 3}


async def test_finalizer_of_an_autoscaler_that_is_gone_or_another_is_left_alone() -> None:
    kube = FakeKube()
    assert await set_finalizer(kube, OWNER, to=True) == Done(wrote=False)
    kube.put(AUTOSCALERS, {"metadata": {"name": "web", "namespace": "shop", "uid": "eas-2"}})
    assert isinstance(await set_finalizer(kube, OWNER, to=True), ChangedByOthers)
    assert kube.writes == []
