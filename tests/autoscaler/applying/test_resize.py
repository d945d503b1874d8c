"""Resizing in place: only what was seen is changed, and only where the kubelet can do it without a restart."""

from __future__ import annotations

from typing import Any

import pytest

from autoscaler.applying.outcome import ChangedByOthers, Done, Refused
from autoscaler.applying.resize import is_served, missing, resize
from autoscaler.planner.observation import ContainerSeen, PodSeen
from kube.errors import Unreachable, refusal
from tests.autoscaler.applying.deaf import Deaf
from tests.autoscaler.applying.objects import deployment
from tests.fakes import FakeKube

PODS = "/api/v1/namespaces/shop/pods"
TEMPLATE = deployment()["spec"]["template"]
MI = 1024 * 1024 * 1000  # in thousandths
SEEN = PodSeen(name="web-1", containers=(ContainerSeen(name="app", requests={"cpu": 200, "memory": 64 * MI}),))


def pod(*, resources: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    container = {**TEMPLATE["spec"]["containers"][0], **spec}
    if resources:
        container["resources"] = resources
    return {
        "metadata": {"name": "web-1", "namespace": "shop"},
        "spec": {"nodeName": "n1", "containers": [container, {"name": "log", "image": "log"}]},
        "status": {"containerStatuses": [{"name": "app", "state": {"running": {}}, "resources": {}}]},
    }


def kube_with(thing: dict[str, Any]) -> FakeKube:
    kube = FakeKube()
    kube.put(PODS, thing)
    return kube


async def test_requests_and_their_limits_are_patched_through_the_subresource() -> None:
    kube = kube_with(pod())
    outcome = await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template=TEMPLATE)
    assert isinstance(outcome, Done)
    assert (kube.writes[0].path, kube.writes[0].kind) == (f"{PODS}/web-1/resize", "strategic")
    containers = kube.thing(f"{PODS}/web-1")["spec"]["containers"]
    assert containers[0]["resources"] == {
        "requests": {"cpu": "300m", "memory": "64Mi"},
        "limits": {"cpu": "600m"},  # 400 * 300 / 200
    }
    assert containers[0]["image"] == "web:1"
    assert containers[1] == {"name": "log", "image": "log"}


async def test_there_and_back_is_where_it_was() -> None:
    kube = kube_with(pod())
    await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template=TEMPLATE)
    up = PodSeen(name="web-1", containers=(ContainerSeen(name="app", requests={"cpu": 300, "memory": 64 * MI}),))
    await resize(kube, "shop", up, {"app": {"cpu": 200}}, template=TEMPLATE)
    assert kube.thing(f"{PODS}/web-1")["spec"] == pod()["spec"]


async def test_pod_at_that_size_is_not_written() -> None:
    kube = kube_with(pod())
    outcome = await resize(kube, "shop", SEEN, {"app": {"cpu": 200}}, template=TEMPLATE)
    assert isinstance(outcome, Done)
    assert not outcome.wrote
    assert kube.writes == []


async def test_pod_that_somebody_resized_keeps_that_size() -> None:
    kube = kube_with(pod(resources={"requests": {"cpu": "900m", "memory": "64Mi"}, "limits": {"cpu": "1"}}))
    outcome = await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template=TEMPLATE)
    assert outcome == ChangedByOthers("pod shop/web-1 was to be app cpu 300m, but somebody made it app cpu 900m")
    assert kube.writes == []


async def test_pod_that_somebody_resizes_at_the_same_time_keeps_that_size() -> None:
    kube = kube_with(pod())

    def meanwhile(verb: str, path: str) -> None:
        if verb == "patch":
            kube.failing = lambda *_: None
            kube.put(PODS, pod(resources={"requests": {"cpu": "900m", "memory": "64Mi"}}))

    kube.failing = meanwhile
    assert isinstance(await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template=TEMPLATE), ChangedByOthers)


async def test_status_that_moves_is_no_obstacle() -> None:
    kube = kube_with(pod())

    def meanwhile(verb: str, path: str) -> None:
        if verb == "patch":
            kube.failing = lambda *_: None
            kube.put(PODS, {**pod(), "status": {"phase": "Running"}})

    kube.failing = meanwhile
    assert isinstance(await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template=TEMPLATE), Done)


async def test_resize_whose_answer_was_lost_is_done_once() -> None:
    kube = Deaf()
    kube.put(PODS, pod())
    assert isinstance(await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template=TEMPLATE), Done)
    assert len(kube.writes) == 1


GUARANTEED = {"requests": {"cpu": "200m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "64Mi"}}


@pytest.mark.parametrize(
    ("thing", "to", "reason"),
    [
        pytest.param(pod(), {"db": {"cpu": 300}}, "NoContainer", id="no such container"),
        pytest.param(pod(), {"app": {"cpu": 300, "gpu": 1}}, "NoRequest", id="no such request"),
        pytest.param(
            pod(resizePolicy=[{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]),
            {"app": {"cpu": 300}},
            "WouldRestart",
            id="a container that would restart",
        ),
        pytest.param(
            {**pod(), "status": {"containerStatuses": [{"name": "app", "state": {"running": {}}}]}},
            {"app": {"cpu": 300}},
            "NotResizable",
            id="a node that cannot",
        ),
        pytest.param(
            {**pod(), "metadata": {"name": "web-1", "deletionTimestamp": "2026-01-01T00:00:00Z"}},
            {"app": {"cpu": 300}},
            "BeingDeleted",
            id="a pod on its way out",
        ),
        pytest.param(pod(resources={"requests": {"cpu": "2oo"}}), {"app": {"cpu": 300}}, "Invalid", id="no quantity"),
    ],
)
async def test_what_cannot_be_resized_is_refused_and_not_tried(
    thing: dict[str, Any], to: dict[str, dict[str, int]], reason: str
) -> None:
    kube = kube_with(thing)
    outcome = await resize(kube, "shop", SEEN, to, template=TEMPLATE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == reason
    assert kube.writes == []


async def test_restart_policy_of_a_resource_that_stays_does_not_matter() -> None:
    kube = kube_with(pod(resizePolicy=[{"resourceName": "memory", "restartPolicy": "RestartContainer"}]))
    assert isinstance(await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template=TEMPLATE), Done)


async def test_guaranteed_pod_stays_guaranteed() -> None:
    spec = {"containers": [{"name": "app", "image": "a", "resources": GUARANTEED}]}
    kube = kube_with({**pod(), "spec": spec})
    assert isinstance(await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template={"spec": spec}), Done)
    resources = kube.thing(f"{PODS}/web-1")["spec"]["containers"][0]["resources"]
    assert resources["requests"] == resources["limits"] == {"cpu": "300m", "memory": "64Mi"}


async def test_refusal_of_the_server_is_told() -> None:
    kube = kube_with(pod())
    kube.failing = lambda verb, _: refusal(422, "Invalid", "exceeds quota") if verb == "patch" else None
    outcome = await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template=TEMPLATE)
    assert isinstance(outcome, Refused)
    assert "exceeds quota" in outcome.message


async def test_question_without_an_answer_changed_nothing() -> None:
    kube = kube_with(pod())
    kube.unreachable = True
    outcome = await resize(kube, "shop", SEEN, {"app": {"cpu": 300}}, template=TEMPLATE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "Unreachable"


def test_new_replicas_of_a_workload_that_was_sized_up_are_found() -> None:
    to = {"app": {"cpu": 300}}
    up = ContainerSeen(name="app", requests={"cpu": 300, "memory": 64 * MI})
    new = ContainerSeen(name="app", requests={"cpu": 200, "memory": 64 * MI})
    pods = [
        PodSeen(name="sized", containers=(up,)),
        PodSeen(name="new", containers=(new,)),
        PodSeen(name="waiting", containers=(new,), phase="Pending"),
        PodSeen(name="ended", containers=(new,), phase="Succeeded"),
        PodSeen(name="going", containers=(new,), deleting=True),
        PodSeen(name="elsewhere", containers=(new,), place="cloud"),
    ]
    assert [each.name for each in missing(pods, to)] == ["new", "waiting"]
    assert missing(pods, {}) == ()


@pytest.mark.parametrize(("names", "served"), [(["pods", "pods/resize"], True), (["pods", "pods/log"], False)])
async def test_discovery_tells_whether_there_is_in_place_resize(names: list[str], served: bool) -> None:
    kube = FakeKube()
    kube.documents["/api/v1"] = {"kind": "APIResourceList", "resources": [{"name": name} for name in names]}
    assert await is_served(kube) == served


async def test_discovery_that_fails_is_no_answer() -> None:
    kube = FakeKube()
    kube.unreachable = True
    with pytest.raises(Unreachable):
        await is_served(kube)
