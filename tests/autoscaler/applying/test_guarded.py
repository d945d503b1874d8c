"""The guard itself: what may have been written is looked after, what was refused is not."""

from __future__ import annotations

import pytest

from autoscaler.applying.guarded import Change, decode, write
from autoscaler.applying.outcome import Done, Outcome, Refused, Unanswered
from kube.errors import Garbled, Unreachable, refusal
from tests.fakes import FakeKube

NODES = "/api/v1/nodes"
PATH = f"{NODES}/n1"
UNSCHEDULABLE = Change(
    path=PATH,
    body=lambda version: {"metadata": {"resourceVersion": version}, "spec": {"unschedulable": True}},
    is_seen=lambda now: "unschedulable" not in now["spec"],
    is_wanted=lambda now: now["spec"].get("unschedulable") is True,
    differs=lambda now: "somebody changed it",
)


@pytest.fixture
def kube() -> FakeKube:
    kube = FakeKube()
    kube.put(NODES, {"metadata": {"name": "n1"}, "spec": {}})
    return kube


async def written(kube: FakeKube) -> Outcome:
    return await write(kube, UNSCHEDULABLE, kube.thing(PATH)["metadata"]["resourceVersion"])


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        pytest.param(499, ["patch"], id="up to 499 it was refused"),
        pytest.param(500, ["patch", "get", "patch"], id="from 500 on it may have been done"),
    ],
)
async def test_failure_of_the_server_is_looked_after(kube: FakeKube, status: int, verbs: list[str]) -> None:
    fault = refusal(status, "Oh", "no")
    kube.failing = lambda verb, _: fault if verb == "patch" and len(kube.writes) == 1 else None
    outcome = await written(kube)
    assert [verb for verb, _, _ in kube.calls] == verbs
    assert isinstance(outcome, Done if status == 500 else Refused)


async def test_write_that_never_gets_an_answer_stays_unknown(kube: FakeKube) -> None:
    kube.failing = lambda verb, _: Unreachable("cut") if verb == "patch" else None
    assert await written(kube) == Unanswered("cut")
    assert len(kube.writes) == 3


async def test_answer_that_is_no_object_is_looked_after() -> None:
    class Proxied(FakeKube):
        async def patch(self, path: str, body: object, **how: object) -> bytes:
            await super().patch(path, body, **how)  # type: ignore[arg-type]  # as they came
            return b"<html>"

    kube = Proxied()
    kube.put(NODES, {"metadata": {"name": "n1"}, "spec": {}})
    assert await written(kube) == Done(version=kube.thing(PATH)["metadata"]["resourceVersion"])


@pytest.mark.parametrize("content", [b"<html>", b"[1]", b'"text"', b""])
def test_what_kubernetes_cannot_have_said_is_garbled(content: bytes) -> None:
    with pytest.raises(Garbled, match="not an object of Kubernetes"):
        decode(content)
