"""The border to Kubernetes, against a real API server: the promises that the fake keeps, too, and what it survives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import numpy as np
import pytest

from kube.errors import Unreachable
from kube.events import EventRecorder, ObjectRef
from kube.reflector import Reflector, Watched
from kube.session import Session, connect
from kube.watching import keep, reflectors
from tests.cluster.build import Programs
from tests.cluster.control_plane import ControlPlane
from tests.kube.keeper import Keeper
from tests.kube.promises import PROMISES, Promise, pod, pods
from tests.kube.reflecting import PODS, Shape

RECOVERED_S = 5.0


@pytest.fixture
async def session(control_plane: ControlPlane) -> AsyncIterator[Session]:
    session = await connect(kubeconfig=control_plane.kubeconfig)
    yield session
    await session.close()


async def within(wait_s: float, true: Callable[[], bool]) -> None:
    async with asyncio.timeout(wait_s):
        while not true():  # noqa: ASYNC110 - a real server tells when it likes
            await asyncio.sleep(0.01)


@asynccontextmanager
async def watched(session: Session, keeper: Keeper) -> AsyncIterator[Reflector]:
    stop = asyncio.Event()
    kinds = {"pods": (Watched(PODS, {}, Shape), keeper)}
    kept = reflectors(session, kinds, rng=np.random.default_rng(1), clock=time.time)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep(kept, stop))
        await within(RECOVERED_S, kept["pods"].synced.is_set)
        yield kept["pods"]
        stop.set()


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
async def test_api_server_keeps_what_the_fake_promises(session: Session, namespace: str, promise: Promise) -> None:
    await promise(session, namespace)


async def test_api_server_that_restarts_is_followed_again_within_five_seconds(programs: Programs) -> None:
    """It knows nothing of the versions before it started, so the watch from there ends with 410 and a list follows."""
    keeper = Keeper()
    with ControlPlane(programs) as plane:
        session = await connect(kubeconfig=plane.kubeconfig)
        async with watched(session, keeper) as reflector:
            await session.create(pods("default"), pod("before"))
            await within(RECOVERED_S, lambda: "default/before" in keeper.view)
            await asyncio.to_thread(plane.stop_apiserver, grace_s=0.1)
            await within(RECOVERED_S, lambda: reflector.problem != "")
            with pytest.raises(Unreachable, match=f"^cannot reach {plane.server}: connection refused$"):
                await session.get("/version")
            await asyncio.to_thread(plane.start_apiserver)
            back_s = time.monotonic()
            await session.create(pods("default"), pod("after"))
            await within(RECOVERED_S, lambda: "default/after" in keeper.view and reflector.problem == "")
            assert time.monotonic() - back_s <= RECOVERED_S
        await session.close()


async def test_object_of_a_megabyte_is_one_event(session: Session, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    content = {"metadata": {"name": "big"}, "data": {"matrix": "x" * 1_000_000}}
    listed = msgspec.json.decode(await session.get(path))
    async with session.watch(path, {"resourceVersion": listed["metadata"]["resourceVersion"]}, idle_s=10) as lines:
        await session.create(path, content)
        told = [await anext(lines)]
        while b'"name":"big"' not in told[-1]:  # Kubernetes makes one of its own in each namespace
            told.append(await anext(lines))
    assert len(msgspec.json.decode(told[-1])["object"]["data"]["matrix"]) == 1_000_000


async def test_event_is_taken_counted_and_described(
    control_plane: ControlPlane, session: Session, namespace: str
) -> None:
    made = msgspec.json.decode(await session.create(pods(namespace), pod("a")))
    regarding = ObjectRef(kind="Pod", namespace=namespace, name="a", uid=made["metadata"]["uid"])
    recorder, stop = EventRecorder(session, "edgeward.dev/scheduler", time.time), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(recorder.run(stop))
        recorder.note(regarding, "Unfit", "rtt p95 41 ms > 20 ms from seoul", "Warning", action="Scheduling")
        recorder.note(ObjectRef(kind="Node", name="n1"), "Seen", "ü" * 2000)
        await asyncio.sleep(0.5)
        recorder.note(regarding, "Unfit", "rtt p95 41 ms > 20 ms from seoul", "Warning", action="Scheduling")
        (series,) = [one for one in recorder._series.values() if one.count == 2]
        await recorder._tell(series)
        stop.set()
    assert recorder.dropped == 0
    described = await asyncio.to_thread(control_plane.kubectl, "describe", "pod", "a", "-n", namespace)
    assert "rtt p95 41 ms > 20 ms from seoul" in described
    assert "edgeward.dev/scheduler" in described
    events = msgspec.json.decode(await session.get(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"))
    assert [event["series"]["count"] for event in events["items"]] == [2]
