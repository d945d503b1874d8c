"""A process that an extender takes for an API server: a made-up cluster, and watches in which much goes on.

`python -m tests.bench.api_server PORT NODES PODS`. Lists are made up page by page. Then events come at a steady rate,
whether anybody is being answered or not: heartbeats, pods that come, change and go. `POST /bound` with a pod tells
everybody who watches pods that it is there, and takes one that came so before away.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec
import numpy as np
import yaml
from aiohttp import web

from kube.reflector import PAGE_LIMIT
from tests.bench.kubernetes_objects import SITES, a_node, a_pod
from tests.cluster.ports import HOST

TEMPLATES = 1500
ORIGINS = range(10, 18)  # numbers of sites that have users; the first ten are clouds
EVENTS_PER_S = 200
_SHARES = (0.5, 0.1, 0.4)  # heartbeats of nodes, pods that come and go in turn, pods whose status changes
_EVENTS_AT_ONCE = 4
_BOUND_PODS = 100  # of those told to us stay

Object = Mapping[str, Any]


class World:
    """The cluster, and everybody who watches it."""

    def __init__(self, nodes: int, pods: int) -> None:
        self._counts = {"nodes": nodes, "pods": pods}
        self._watchers: dict[str, set[asyncio.Queue[bytes]]] = {"nodes": set(), "pods": set()}
        self._bound: deque[Object] = deque()
        self._rng = np.random.default_rng(1)

    def app(self) -> web.Application:
        """What is asked of it."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_get("/version", _version)
        app.router.add_get("/api/v1/nodes", self._listing("nodes", a_node))
        app.router.add_get("/api/v1/pods", self._listing("pods", self._pod))
        app.router.add_get("/api/v1/namespaces", _others([]))
        app.router.add_get("/api/v1/namespaces/kube-system/configmaps", _others([_latency()]))
        app.router.add_post("/bound", self._told)
        app.cleanup_ctx.append(self._happening)
        return app

    def _pod(self, number: int, *, beat: int = 0) -> Object:
        return a_pod(number, TEMPLATES, self._counts["nodes"], beat=beat)

    def _listing(self, kind: str, make: Callable[[int], Object]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            if request.query.get("watch"):
                return await self._watch(kind, request)
            first = int(request.query.get("continue", "0"))
            many = self._counts[kind]
            last = min(first + PAGE_LIMIT, many)
            metadata = {"resourceVersion": "1", **({"continue": str(last)} if last < many else {})}
            return _json({"metadata": metadata, "items": [make(number) for number in range(first, last)]})

        return answer

    async def _watch(self, kind: str, request: web.Request) -> web.StreamResponse:
        stream, told = web.StreamResponse(), asyncio.Queue[bytes]()
        await stream.prepare(request)
        self._watchers[kind].add(told)
        try:
            while True:
                await stream.write(await told.get())
        except ConnectionError:
            return stream
        finally:
            self._watchers[kind].discard(told)

    def _tell(self, kind: str, what: str, thing: Object) -> None:
        line = msgspec.json.encode({"type": what, "object": thing}) + b"\n"
        for watcher in self._watchers[kind]:
            watcher.put_nowait(line)

    async def _told(self, request: web.Request) -> web.Response:
        pod = msgspec.json.decode(await request.read())
        self._tell("pods", "ADDED", pod)
        self._bound.append(pod)
        if len(self._bound) > _BOUND_PODS:
            self._tell("pods", "DELETED", self._bound.popleft())
        return web.Response()

    async def _happening(self, _: web.Application) -> Any:
        going_on = asyncio.create_task(self._go_on())
        yield
        going_on.cancel()
        with suppress(asyncio.CancelledError):
            await going_on

    async def _go_on(self) -> None:
        events = self._events()
        while True:
            await asyncio.sleep(_EVENTS_AT_ONCE / EVENTS_PER_S)
            if self._watchers["pods"]:
                for _ in range(_EVENTS_AT_ONCE):
                    self._tell(*next(events))

    def _events(self) -> Iterator[tuple[str, str, Object]]:
        came = 0
        while True:
            what, beat = int(self._rng.choice(len(_SHARES), p=_SHARES)), int(self._rng.integers(1_000_000))
            if what == 0:
                yield "nodes", "MODIFIED", a_node(int(self._rng.integers(self._counts["nodes"])), beat=beat)
            elif what == 1:
                number = self._counts["pods"] + came // 2
                yield "pods", "DELETED" if came % 2 else "ADDED", self._pod(number)
                came += 1
            else:
                yield "pods", "MODIFIED", self._pod(int(self._rng.integers(self._counts["pods"])), beat=beat)


def _others(items: list[Object]) -> Callable[[web.Request], Any]:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.query.get("watch"):  # nothing happens to these
            stream = web.StreamResponse()
            await stream.prepare(request)
            await asyncio.Event().wait()
        return _json({"metadata": {"resourceVersion": "1"}, "items": items})

    return answer


def _latency() -> Object:
    """From each site that has users to all others."""
    rng = np.random.default_rng(2)
    lines = [
        {
            "from": f"site-{a:03}",
            "to": f"site-{b:03}",
            "p50_ms": (rtt := round(float(rng.uniform(3, 60)), 1)),
            "p95_ms": rtt,
        }
        for a in ORIGINS
        for b in range(SITES)
        if a != b
    ]
    labels = {"edgeward.dev/config": "latency"}
    metadata = {"name": "latency", "namespace": "kube-system", "labels": labels, "resourceVersion": "1"}
    return {"metadata": metadata, "data": {"latency.yaml": yaml.safe_dump(lines)}}


async def _version(_: web.Request) -> web.Response:
    return _json({"major": "1", "minor": "36"})


def _json(content: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")


def main(port: int, nodes: int, pods: int) -> None:
    """Serve until a signal ends it."""
    web.run_app(World(nodes, pods).app(), host=HOST, port=port, access_log=None, print=None, shutdown_timeout=0.1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
