"""A desk that says what a test wants, and a server in front of it on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from yarl import URL

from scheduler.config import Config
from scheduler.desk import Desk
from scheduler.metrics import Metrics
from scheduler.server import make_app
from scheduler.serving import serve
from scheduler.wire import BindAsked, FilterAnswer, NodesAsked, NodeVictims, PreemptAsked


class FakeDesk:
    """Passes every node but those called `full-…` (a GPU short) and `far-…` (unresolvable); scores by name's length."""

    def __init__(self) -> None:
        self.asked: list[NodesAsked | BindAsked | PreemptAsked] = []
        self.hangs = False
        self.bug: Exception | None = None
        self.why_unready = ""
        self.why_broken = ""
        self.bind_error = ""
        self.went_on = asyncio.Event()  # set: those that hang go on
        self.arrived = asyncio.Event()

    async def filter(self, asked: NodesAsked) -> FilterAnswer:
        await self._think(asked)
        failed = {name: "wants 1 GPU, 0 free" for name in asked.names if name.startswith("full-")}
        far = {name: "rtt p95 41 ms > 20 ms from seoul" for name in asked.names if name.startswith("far-")}
        passed = [name for name in asked.names if name not in failed and name not in far]
        return FilterAnswer(passed=passed, failed=failed, unresolvable=far)

    async def prioritize(self, asked: NodesAsked) -> list[int]:
        await self._think(asked)
        scores: list[int] = list(np.array([len(name) % 11 for name in asked.names], dtype=np.int64))
        return scores

    async def bind(self, asked: BindAsked) -> str:
        await self._think(asked)
        return self.bind_error

    async def preempt(self, asked: PreemptAsked) -> dict[str, NodeVictims]:
        await self._think(asked)
        return {node: of for node, of in asked.victims.items() if not node.startswith("full-")}

    async def explain(self, namespace: str, name: str) -> Mapping[str, object] | None:
        if self.bug:
            raise self.bug
        return {"pod": f"{namespace}/{name}"} if name != "nobody" else None

    def unready(self) -> str:
        return self.why_unready

    def broken(self) -> str:
        return self.why_broken

    async def _think(self, asked: NodesAsked | BindAsked | PreemptAsked) -> None:
        self.asked.append(asked)
        self.arrived.set()
        if self.bug:
            raise self.bug
        if self.hangs:
            await self.went_on.wait()


class Server:
    """What a test knows of a server that runs."""

    def __init__(self, address: str, metrics: Metrics, stop: asyncio.Event, running: asyncio.Task[None]) -> None:
        self.address = address  # with the prefix
        url = URL(address)
        self.root, self.port = str(url.origin()), url.port or 0
        self.metrics = metrics
        self.stop = stop
        self.running = running

    def count(self, name: str, **labels: str) -> float:
        """A counter's value."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def serving(desk: Desk, metrics: Metrics | None = None, **settings: Any) -> AsyncIterator[Server]:
    """A server on a free port, stopped at the end; settings go to `listen`, `http_timeout_s` to the top."""
    top = {key: settings.pop(key) for key in ("http_timeout_s",) if key in settings}
    look_every_s = settings.pop("look_every_s", 10.0)
    config = Config.model_validate({"listen": {"port": 0, "drain_s": 0, **settings}, **top})
    metrics, stop = metrics or Metrics(), asyncio.Event()
    addresses: list[str] = []
    heard = asyncio.Event()

    def listening(address: str) -> None:
        addresses.append(address)
        heard.set()

    app = make_app(desk, config, metrics)
    running = asyncio.create_task(serve(app, config, metrics, stop, listening=listening, look_every_s=look_every_s))
    waiting = asyncio.create_task(heard.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if running.done():  # it cannot listen, and says why
        running.result()
    try:
        yield Server(addresses[0], metrics, stop, running)
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await running
