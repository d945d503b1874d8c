"""A reflector that runs beside a test, on a fake API server and in fake time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypedDict

import numpy as np

from kube.backoff import Backoff
from kube.client import KubeClient
from kube.reflector import Reflector, Watched
from tests.fakes import FakeKube
from tests.kube.keeper import Keeper, key

PODS = "/api/v1/pods"
SETTLED_S = 1.0  # of fake time; nothing in the fake takes any


class Meta(TypedDict, total=False):
    name: str
    namespace: str
    resourceVersion: str
    labels: dict[str, str]


class Shape(TypedDict, total=False):
    metadata: Meta


def pod(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "web", "labels": labels}, "spec": {"containers": []}}


def reflector(kube: KubeClient, keeper: Keeper, path: str = PODS) -> Reflector:
    rng = np.random.default_rng(1)
    return Reflector(kube, Watched(path, {}, Shape), keeper, backoff=Backoff(rng), clock=lambda: 0.0, name="pods")


@asynccontextmanager
async def running(kube: FakeKube, keeper: Keeper, path: str = PODS) -> AsyncIterator[Reflector]:
    """Runs while the block does, then must stop at once."""
    stop, made = asyncio.Event(), reflector(kube, keeper, path)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(made.run(stop))
        yield made
        stop.set()
        now_s = asyncio.get_running_loop().time()
        await task
        assert asyncio.get_running_loop().time() == now_s


def held(kube: FakeKube) -> dict[str, str]:
    things = kube.store.things.get(PODS, {}).values()
    return {key(thing): thing["metadata"]["resourceVersion"] for thing in things}


async def within(wait_s: float, true: Callable[[], bool]) -> None:
    """Passes time until it is true, at most *wait_s*."""
    async with asyncio.timeout(wait_s):
        while not true():  # noqa: ASYNC110 - fake time: nothing else tells when it has become true
            await asyncio.sleep(wait_s / 500)
