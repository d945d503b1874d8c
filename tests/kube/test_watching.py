"""All kinds are kept together, and what is missing is named."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from kube.reflector import Watched
from kube.watching import keep, reflectors, synced, unready
from tests.fakes import FakeKube
from tests.kube.keeper import Keeper


@pytest.mark.looptime
async def test_all_are_kept_until_stop_and_the_missing_are_named_with_the_cause() -> None:
    kube, stop = FakeKube(), asyncio.Event()
    nodes, pods = Keeper(), Keeper()
    kube.put("/api/v1/nodes", {"metadata": {"name": "n1"}})
    kube.forbidden.add("/api/v1/pods")
    kinds = {"nodes": (Watched("/api/v1/nodes"), nodes), "pods": (Watched("/api/v1/pods"), pods)}
    kept = reflectors(kube, kinds, rng=np.random.default_rng(1), clock=lambda: 0.0)
    assert unready(kept) == "nodes: the first list is not complete; pods: the first list is not complete"
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(keep(kept, stop))
        await asyncio.sleep(10)
        assert unready(kept) == "pods: 403 Forbidden: get /api/v1/pods is forbidden"
        kube.forbidden.clear()
        async with asyncio.timeout(5):
            await synced(kept)
        assert (unready(kept), nodes.view) == ("", {"n1": "1"})
        stop.set()
        async with asyncio.timeout(0.1):
            await task
