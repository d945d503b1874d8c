"""Events are told once, counted when repeated, and never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kube.errors import Unreachable, refusal
from kube.events import QUEUE, REMEMBERED, RETRY_S, SERIES_S, TELL_SERIES_S, EventRecorder, ObjectRef
from tests.fakes import FakeKube, Write

START_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z
POD = ObjectRef(kind="Pod", namespace="web", name="a", uid="u1")
NODE = ObjectRef(kind="Node", name="n1", uid="u2")
EVENTS = "/apis/events.k8s.io/v1/namespaces/web/events"


@pytest.fixture
def kube() -> FakeKube:
    return FakeKube()


def made(kube: FakeKube) -> EventRecorder:
    return EventRecorder(kube, "edgeward.dev/scheduler", lambda: START_S + now_s(), instance="host-1")


def now_s() -> float:
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return 0.0


@asynccontextmanager
async def running(recorder: EventRecorder) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(recorder.run(stop))
        yield
        stop.set()


@pytest.mark.looptime(start=0)
async def test_event_has_all_that_the_api_requires(kube: FakeKube) -> None:
    recorder = made(kube)
    async with running(recorder):
        recorder.note(POD, "Bound", "to n1, GPU 0", action="Binding")
        await asyncio.sleep(1)
    (write,) = kube.writes
    assert (write.verb, write.path) == ("create", EVENTS)
    assert write.body == {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": write.body["metadata"]["name"], "namespace": "web"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "reportingController": "edgeward.dev/scheduler",
        "reportingInstance": "host-1",
        "action": "Binding",
        "reason": "Bound",
        "regarding": {"apiVersion": "v1", "kind": "Pod", "name": "a", "namespace": "web", "uid": "u1"},
        "note": "to n1, GPU 0",
        "type": "Normal",
    }


@pytest.mark.looptime(start=0)
async def test_event_of_a_node_is_in_the_default_namespace(kube: FakeKube) -> None:
    recorder = made(kube)
    async with running(recorder):
        recorder.note(NODE, "BadDevices", "…", "Warning")
        await asyncio.sleep(1)
    (write,) = kube.writes
    assert write.path == "/apis/events.k8s.io/v1/namespaces/default/events"
    assert write.body["regarding"] == {"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "u2"}
    assert (write.body["action"], write.body["type"]) == ("BadDevices", "Warning")


@pytest.mark.looptime(start=0)
async def test_what_is_too_long_is_cut_within_the_bytes_that_the_api_takes(kube: FakeKube) -> None:
    recorder = made(kube)
    async with running(recorder):
        recorder.note(ObjectRef(kind="Pod", namespace="web", name="p" * 253), "R" * 300, "ü" * 2000)
        await asyncio.sleep(1)
    (write,) = kube.writes
    assert len(write.body["note"].encode()) <= 1024
    assert write.body["note"].startswith("üü")
    assert write.body["note"].endswith("ü…")
    assert len(write.body["metadata"]["name"]) <= 253
    assert (len(write.body["reason"]), len(write.body["action"])) == (128, 128)


@pytest.mark.looptime(start=0)
async def test_repetitions_are_counted_and_told_together(kube: FakeKube) -> None:
    recorder = made(kube)
    async with running(recorder):
        recorder.note(POD, "Unfit", "rtt 41 ms > 20 ms", "Warning")
        await asyncio.sleep(1)
        for _ in range(100):
            recorder.note(POD, "Unfit", "rtt 41 ms > 20 ms", "Warning")
        recorder.note(POD, "Unfit", "rtt 42 ms > 20 ms", "Warning")
        await asyncio.sleep(2 * TELL_SERIES_S)
    first, other, series = kube.writes
    assert (first.body["note"], other.body["note"]) == ("rtt 41 ms > 20 ms", "rtt 42 ms > 20 ms")
    path = f"{EVENTS}/{first.body['metadata']['name']}"
    counted = {"series": {"count": 101, "lastObservedTime": "2026-01-01T00:00:01.000000Z"}}
    assert series == Write("patch", path, counted, "merge")
    assert kube.thing(path)["series"]["count"] == 101


@pytest.mark.looptime(start=0)
async def test_series_ends_after_a_pause_and_begins_anew(kube: FakeKube) -> None:
    recorder = made(kube)
    async with running(recorder):
        recorder.note(POD, "Unfit", "no room")
        await asyncio.sleep(SERIES_S + 1)
        recorder.note(POD, "Unfit", "no room")
        await asyncio.sleep(2 * TELL_SERIES_S)
    assert [write.verb for write in kube.writes] == ["create", "create"]
    assert len({write.body["metadata"]["name"] for write in kube.writes}) == 2


@pytest.mark.looptime(start=0)
async def test_event_that_the_server_forgot_is_made_again_with_its_count(kube: FakeKube) -> None:
    recorder = made(kube)
    async with running(recorder):
        recorder.note(POD, "Unfit", "no room")
        await asyncio.sleep(1)
        path = f"{EVENTS}/{kube.writes[0].body['metadata']['name']}"
        kube.drop(path)
        recorder.note(POD, "Unfit", "no room")
        await asyncio.sleep(2 * TELL_SERIES_S)
    assert kube.thing(path)["series"]["count"] == 2
    assert recorder.dropped == 0


@pytest.mark.looptime(start=0)
async def test_events_wait_for_a_server_that_is_away(kube: FakeKube) -> None:
    recorder = made(kube)
    kube.unreachable = True
    async with running(recorder):
        recorder.note(POD, "Bound", "to n1")
        recorder.note(POD, "Bound", "to n2")
        await asyncio.sleep(60)
        assert len(kube.writes) <= 60 / RETRY_S + 1
        kube.writes.clear()
        kube.unreachable = False
        await asyncio.sleep(RETRY_S)
    assert [write.body["note"] for write in kube.writes] == ["to n1", "to n2"]
    assert recorder.dropped == 0


@pytest.mark.looptime(start=0)
async def test_refused_event_is_given_up_and_the_next_is_told(kube: FakeKube, caplog: pytest.LogCaptureFixture) -> None:
    recorder = made(kube)
    refusals = [refusal(403, "Forbidden", "namespace is being terminated")]
    kube.failing = lambda _verb, _path: refusals.pop() if refusals else None
    async with running(recorder):
        recorder.note(POD, "Bound", "to n1")
        recorder.note(POD, "Bound", "to n2")
        await asyncio.sleep(1)
    assert [write.body["note"] for write in kube.writes] == ["to n1", "to n2"]
    assert recorder.dropped == 1
    assert caplog.messages == ["an event is not told: 403 Forbidden: namespace is being terminated"]


@pytest.mark.looptime(start=0)
async def test_event_whose_answer_was_lost_is_not_made_twice(kube: FakeKube) -> None:
    recorder = made(kube)
    lost = [refusal(409, "AlreadyExists", "events exists"), Unreachable("no answer within 30 s")]
    kube.failing = lambda _verb, _path: lost.pop() if lost else None
    async with running(recorder):
        recorder.note(POD, "Bound", "to n1")
        await asyncio.sleep(2 * RETRY_S)
    assert [write.body["note"] for write in kube.writes] == ["to n1", "to n1"]
    assert len({write.body["metadata"]["name"] for write in kube.writes}) == 1
    assert recorder.dropped == 0


@pytest.mark.looptime(start=0)
async def test_queue_and_memory_are_bounded(kube: FakeKube) -> None:
    recorder = made(kube)
    for number in range(QUEUE + 7):
        recorder.note(POD, "Bound", f"to n{number}")
    assert recorder.dropped == 7
    async with running(recorder):
        for number in range(2 * REMEMBERED):
            recorder.note(NODE, "Seen", str(number))
            if number % 500 == 0:
                await asyncio.sleep(0.1)
    assert len(recorder._series) <= REMEMBERED


@pytest.mark.looptime(start=0)
@pytest.mark.parametrize(("hung", "told"), [(False, 3), (True, 0)])
async def test_stop_tells_what_is_left_but_waits_for_nobody(kube: FakeKube, hung: bool, told: int) -> None:
    recorder = made(kube)
    async with running(recorder):
        await asyncio.sleep(1)
        kube.hang(hung=hung)
        for number in range(3):
            recorder.note(POD, "Bound", f"to n{number}")
        stopped_s = now_s()
    assert now_s() - stopped_s <= 2.0
    assert len(kube.store.things.get("/apis/events.k8s.io/v1/events", {})) == told
    assert recorder.dropped == 3 - told
