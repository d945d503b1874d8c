"""The real extender in one process: all of `scheduler.assembly`, kept up to date by real watches of a `FakeKube`.

Two ways in. `World.ask` goes through the application's own handler, so through decoding, desk, encoding, deadline and
metrics, and leaves out only the socket; `serving` listens on one. Nothing in between is a fake but the API server.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request

from kube.events import EventRecorder
from kube.watching import keep, reflectors, synced, unready
from scheduler.assembly import Assembly
from scheduler.config import Config
from scheduler.metrics import Metrics
from scheduler.server import make_app
from scheduler.verbs import VERBS
from scheduler.watched import ESSENTIAL, kinds
from tests.fakes import FakeKube
from tests.scheduler.hostile.cluster import NAMESPACE, fill

SYNCED_WITHIN_S = 20.0
# in the place of a connection, which a handler does not look at; a mock would remember each look
NOBODY = SimpleNamespace(transport=None, ssl_context=None, peername=None, sockname=None)


class Told(NamedTuple):
    """An answer, and how long it took."""

    body: bytes
    took_s: float


class World:
    """The extender and the cluster that it sees. To be used inside its event loop."""

    def __init__(self, kube: FakeKube, config: Config) -> None:
        self.kube = kube
        self.config = config
        self.metrics = Metrics()
        self.parts = Assembly(
            config,
            kube,
            self.metrics,
            namespace=NAMESPACE,
            clock=time.time,
            why_not=self._why_not,
            events=EventRecorder(kube, "edgeward.dev/scheduler", clock=time.time),
        )
        self.watches = reflectors(
            kube, kinds(self.parts.mirror, config, NAMESPACE), rng=np.random.default_rng(1), clock=time.time
        )
        self.app = make_app(self.parts.desk, config, self.metrics)
        self._head = make_mocked_request("POST", "/")._message  # takes 2 ms to make, so one serves all
        self._handlers: dict[str, Callable[[web.Request], Awaitable[web.Response]]] = {
            route.resource.canonical: route.handler  # type: ignore[misc]  # aiohttp allows views, too
            for route in self.app.router.routes()
            if route.method == "POST" and route.resource is not None
        }

    async def ask(self, verb: str, body: bytes) -> Told:
        """What the handler of that verb answers."""
        loop = asyncio.get_running_loop()
        content = StreamReader(BaseProtocol(loop), 2**30, loop=loop)
        content.feed_data(body)
        content.feed_eof()
        request = web.Request(self._head, content, NOBODY, NOBODY, NOBODY, loop)  # type: ignore[arg-type]  # nobody is asked
        began_s = time.perf_counter()
        async with asyncio.timeout(self.config.http_timeout_s * 2):
            answer = await self._handlers[f"/scheduler/{verb}"](request)
        assert answer.status == 200
        assert isinstance(answer.body, bytes)
        return Told(answer.body, time.perf_counter() - began_s)

    def count(self, name: str) -> float:
        """A counter of the metrics over all verbs, read where it is: to collect all of them takes a millisecond."""
        counter = getattr(self.metrics, name)
        return sum(float(counter.labels(verb.name)._value.get()) for verb in VERBS)

    def _why_not(self) -> str:
        return unready({name: each for name, each in self.watches.items() if name in ESSENTIAL})


@asynccontextmanager
async def world(**settings: Any) -> AsyncIterator[World]:
    """One that has seen its cluster of 50 nodes."""
    kube = FakeKube()
    fill(kube)
    config = Config.model_validate({"listen": {"port": 0, "drain_s": 0}, "namespace": NAMESPACE, **settings})
    made = World(kube, config)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep(made.watches, stop))
        try:
            async with asyncio.timeout(SYNCED_WITHIN_S):
                await synced(made.watches)
            made.parts.round_trips.give()
            yield made
        finally:
            made.parts.close()
            stop.set()
