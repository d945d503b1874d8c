"""The mirror behind its reflectors: what happens while a watch is cut is known again within seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from kube.mirror.mirror import Mirror
from kube.mirror.shapes import NamespaceShape, NodeShape, PodShape
from kube.reflector import Watched
from kube.watching import keep, reflectors, synced
from policies.model.demand import Demand
from tests.fakes import FakeKube
from tests.kube.mirror.contents import a_namespace, a_node, a_pod, free_cpu, make_mirror

NODES, PODS, NAMESPACES = "/api/v1/nodes", "/api/v1/namespaces/default/pods", "/api/v1/namespaces"
RECOVERED_S = 5.0


@asynccontextmanager
async def watching(kube: FakeKube) -> AsyncIterator[Mirror]:
    mirror, stop = make_mirror(), asyncio.Event()
    kinds: dict[str, tuple[Watched, Any]] = {
        "nodes": (Watched(NODES, {}, NodeShape), mirror.nodes),
        "pods": (Watched("/api/v1/pods", {}, PodShape), mirror.pods),
        "namespaces": (Watched(NAMESPACES, {}, NamespaceShape), mirror.namespaces),
    }
    kept = reflectors(kube, kinds, rng=np.random.default_rng(1), clock=lambda: 0.0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep(kept, stop))
        async with asyncio.timeout(RECOVERED_S):
            await synced(kept)
        yield mirror
        stop.set()


@pytest.mark.looptime
async def test_events_come_through_to_the_columns() -> None:
    kube = FakeKube()
    kube.put(NODES, a_node("n1"))
    kube.put(PODS, a_pod("p1", node="n1"))
    async with watching(kube) as mirror:
        assert free_cpu(mirror) == 3500
        kube.put(NAMESPACES, a_namespace(origin="seoul"))
        kube.put(PODS, a_pod("p2", cpu="1"))
        await asyncio.sleep(0.1)
        (waiting,) = mirror.pending.values()
        assert mirror.read(waiting).of.demand == Demand.parse("seoul")
        kube.put(PODS, a_pod("p2", cpu="1", node="n1"))
        kube.drop(f"{PODS}/p1")
        await asyncio.sleep(0.1)
        assert free_cpu(mirror) == 3000  # 4000 - 1000
        kube.put(NODES, a_node("n1", ready="Unknown"))
        await asyncio.sleep(0.1)
        assert mirror.snapshot().ready.tolist() == [False]


@pytest.mark.looptime
@pytest.mark.parametrize("forgotten", [True, False])
async def test_what_happened_while_the_watch_was_cut_is_known_within_seconds(forgotten: bool) -> None:
    kube = FakeKube()
    for name in ("n1", "n2"):
        kube.put(NODES, a_node(name))
    kube.put(PODS, a_pod("p1", node="n1"))
    async with watching(kube) as mirror:
        kube.unreachable = True
        kube.cut()
        kube.drop(f"{NODES}/n2")
        kube.drop(f"{PODS}/p1")
        kube.put(PODS, a_pod("p3", node="n1", cpu="2"))
        if forgotten:
            kube.gone(told=False)
        await asyncio.sleep(1)
        assert free_cpu(mirror) == 3500  # nobody has told
        kube.unreachable = False
        await asyncio.sleep(RECOVERED_S)
        assert free_cpu(mirror) == 2000  # 4000 - 2000
        assert set(mirror.cluster.nodes) == {"n1"}
