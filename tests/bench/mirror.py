"""The mirror at 5,000 nodes and 150,000 pods: events a second from the bytes of a watch, and the memory of it all.

Objects are as large as real ones: nodes with fifty images, forty labels and field managers, pods with probes, volumes
and conditions. They are made as they are needed and outside of what is measured, and go the whole way through the
reflector. The memory is that of the process, with the client library that a real one imports.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import msgspec
import numpy as np

from kube import decoding
from kube.backoff import Backoff
from kube.mirror.mirror import Mirror
from kube.mirror.shapes import NodeShape, PodShape
from kube.reflector import PAGE_LIMIT, Reflector, Watched
from policies.model.cluster import Cluster
from tests.bench.kubernetes_objects import a_node, a_pod
from tests.fakes import FakeKube

NODES, PODS, TEMPLATES = 5000, 150_000, 1500
EVENTS, EACH_DECISION = 20_000, 50
GOAL_PER_S, GOAL_MIB = 1000, 300

# shares of node heartbeats, nodes that become ready or not, pods added, pods whose status changes, pods deleted
MIXED = (0.5, 0.0, 0.1, 0.3, 0.1)
MIXES = {
    "mixed: half heartbeats, 1 % node changes, the rest pods": (0.49, 0.01, 0.1, 0.3, 0.1),
    "heartbeats of nodes": (1.0, 0.0, 0.0, 0.0, 0.0),
    "nodes that become ready or not": (0.0, 1.0, 0.0, 0.0, 0.0),
    "pods that come and go": (0.0, 0.0, 0.5, 0.0, 0.5),
    "pods whose status changes": (0.0, 0.0, 0.0, 1.0, 0.0),
}


def measure() -> list[tuple[str, str]]:
    """First the lists, then events of all kinds, then decisions between events."""
    importlib.import_module("kubernetes.aio.client")
    empty = _resident_mib()
    world = World()
    listed_s = world.list()
    rows = [("kubernetes.aio, numpy and our code alone", f"{empty:,.0f} MiB")]
    rows.append((f"list of {NODES:,} nodes and {PODS:,} pods", f"{(NODES + PODS) / listed_s:,.0f} objects/s"))
    gc.collect()
    rows.append(("memory with all of them", f"{_resident_mib():,.0f} MiB (goal {GOAL_MIB})"))
    for name, shares in MIXES.items():
        seconds, size = world.apply(shares)
        rows.append((name, f"{EVENTS / seconds:,.0f} events/s of {size / EVENTS / 1000:.0f} kB (goal {GOAL_PER_S:,})"))
    rows += _decisions(world)
    rows.append(("memory at the end", f"{_resident_mib():,.0f} MiB (goal {GOAL_MIB})"))
    return rows


class World:
    """A mirror, the reflectors that feed it, and the cluster that they hear of."""

    def __init__(self) -> None:
        self.mirror = Mirror(Cluster(), clock=lambda: 0.0)
        self._nodes, self._pods = Pages(NODES, a_node), Pages(PODS, a_pod_of_many)
        self._reflectors = {
            "Node": _reflector(self._nodes, NodeShape, self.mirror.nodes),
            "Pod": _reflector(self._pods, PodShape, self.mirror.pods),
        }
        self._rng = np.random.default_rng(1)
        self._down: set[int] = set()
        self._more = 0  # pods past those that were listed

    def list(self) -> float:
        """Seconds until all is known, without those for making it up."""
        started = perf_counter()
        for reflector in self._reflectors.values():
            asyncio.run(reflector._list())
        self.mirror.snapshot()
        return perf_counter() - started - self._nodes.spent_s - self._pods.spent_s

    def apply(self, shares: tuple[float, ...]) -> tuple[float, int]:
        """Seconds for so many events, and their bytes."""
        spent = size = 0.0
        for kind, line in self.lines(shares):
            size += len(line)
            started = perf_counter()
            self.hear(kind, line)
            spent += perf_counter() - started
        return spent, int(size)

    def hear(self, kind: str, line: bytes) -> None:
        """One line of a watch."""
        self._reflectors[kind]._event(decoding.told(line))

    def lines(self, shares: tuple[float, ...]) -> Iterator[tuple[str, bytes]]:
        """Events of a watch, by kind of object."""
        for what in self._rng.choice(len(shares), size=EVENTS, p=shares).tolist():
            beat = int(self._rng.integers(1_000_000))
            if what < 2:
                number = int(self._rng.integers(NODES))
                if what == 1:
                    self._down ^= {number}
                yield "Node", _line("MODIFIED", a_node(number, beat=beat, ready=number not in self._down))
            elif what == 3:
                yield "Pod", _line("MODIFIED", a_pod_of_many(int(self._rng.integers(PODS)), beat=beat))
            elif what == 2 or not self._more:
                self._more += 1
                yield "Pod", _line("ADDED", a_pod_of_many(PODS + self._more))
            else:
                yield "Pod", _line("DELETED", a_pod_of_many(PODS + self._more))
                self._more -= 1


class Pages(FakeKube):
    """An API server whose lists are made up page by page; `spent_s` is how long that took."""

    def __init__(self, many: int, make: Any) -> None:
        super().__init__()
        self._many, self._make, self.spent_s = many, make, 0.0

    async def get(self, path: str, params: Mapping[str, str] = {}, *, timeout_s: float = 0.0) -> bytes:
        started = perf_counter()
        first = int(params.get("continue", "0"))
        items = [self._make(number) for number in range(first, min(first + PAGE_LIMIT, self._many))]
        more = {"continue": str(first + PAGE_LIMIT)} if first + PAGE_LIMIT < self._many else {}
        page = msgspec.json.encode({"metadata": {"resourceVersion": "1", **more}, "items": items})
        self.spent_s += perf_counter() - started
        return page


def a_pod_of_many(number: int, *, beat: int = 0) -> dict[str, Any]:
    """One of the pods of this cluster."""
    return a_pod(number, TEMPLATES, NODES, beat=beat)


def _reflector(client: Pages, shape: Any, handler: Any) -> Reflector:
    backoff = Backoff(np.random.default_rng(1))
    return Reflector(client, Watched("/", {}, shape), handler, backoff=backoff, clock=lambda: 0.0, name="bench")


def _line(what: str, thing: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"type": what, "object": thing})


def _decisions(world: World) -> list[tuple[str, str]]:
    """What a snapshot costs while events flow, the last one still being held."""
    mirror, each_s, quiet_s, tainted_s = world.mirror, [], [], []
    held = mirror.snapshot()
    for number, (kind, line) in enumerate(world.lines(MIXED)):
        world.hear(kind, line)
        if number % EACH_DECISION == 0:
            started = perf_counter()
            held = mirror.snapshot()
            each_s.append(perf_counter() - started)
            started = perf_counter()
            assert mirror.snapshot() is held
            quiet_s.append(perf_counter() - started)
    for kind, line in islice(world.lines(MIXES["nodes that become ready or not"]), 200):
        world.hear(kind, line)
        started = perf_counter()
        held = mirror.snapshot()
        tainted_s.append(perf_counter() - started)
    p50, p99 = np.quantile(each_s, (0.5, 0.99)) * 1000
    return [
        (f"snapshot after {EACH_DECISION} events", f"p50 {p50:.2f} ms, p99 {p99:.2f} ms"),
        ("snapshot when nothing changed", f"{median(quiet_s) * 1e6:.1f} µs"),
        ("snapshot after the taints of one node changed", f"p50 {median(tainted_s) * 1000:.2f} ms"),
    ]


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20
