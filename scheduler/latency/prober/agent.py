"""The agent: measures, answers others, and shows what it found, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import time
from collections.abc import Callable
from functools import partial

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from kube.latency.errors import LatencyError
from scheduler.latency.prober.book import Book
from scheduler.latency.prober.config import Config, Listen
from scheduler.latency.prober.dial import Dial, dial
from scheduler.latency.prober.exposition import Exposition
from scheduler.latency.prober.greeting import ask_site, greet
from scheduler.latency.prober.peers import Peers
from scheduler.latency.prober.resolving import Resolve, Resolved, resolve
from scheduler.latency.prober.rounds import Rounds

_LATE_ROUNDS = 3  # so many lengths of a round without the end of one are a fault
_SHUTDOWN_S = 2.0
logger = logging.getLogger(__name__)


class Agent:
    """One prober. `ports` are those that it listens at, once it does: for probers, and for Prometheus."""

    def __init__(
        self,
        config: Config,
        *,
        dial: Dial = dial,
        resolve: Resolve = resolve,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.listening = asyncio.Event()
        self.ports = (0, 0)
        self._config, self._clock = config, clock
        now = asyncio.get_running_loop().time
        self._now, self._started_s = now, now()
        peers = Peers(
            site=config.site,
            per_site=config.peers.per_site if config.peers else 1,
            ask=partial(ask_site, timeout_s=config.timeout_s),
            now=now,
        )
        book = Book(config, resolved=Resolved(resolve, now=now), peers=peers)
        self.rounds = Rounds(config, book=book, dial=dial, rng=rng or random.Random())  # noqa: S311 - only jitter

    async def run(self, stop: asyncio.Event) -> None:
        """Measure and answer until *stop*; LatencyError when an address cannot be listened at."""
        with _bound(self._config.listen) as for_probers, _bound(self._config.metrics) as for_prometheus:
            self.ports = for_probers.getsockname()[1], for_prometheus.getsockname()[1]
            runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
            await runner.setup()
            await web.SockSite(runner, for_prometheus).start()
            responder = await asyncio.start_server(self._greet, sock=for_probers)
            self.listening.set()
            logger.info("%s: answers probers at port %d, shows /metrics at port %d", self._config.site, *self.ports)
            try:
                await self.rounds.run(stop)
            finally:
                responder.close()
                await runner.cleanup()

    def unwell(self) -> str:
        """What is wrong; "" when nothing is."""
        late_s = self._now() - max(self.rounds.finished_s, self._started_s)
        return f"no round ended for {late_s:.0f} s" if late_s > _LATE_ROUNDS * self._config.every_s else ""

    async def _greet(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(self._config.site, writer)

    def _app(self) -> web.Application:
        exposition = Exposition(self.rounds, site=self._config.site, now=self._now, clock=self._clock)

        async def metrics(_: web.Request) -> web.Response:
            return web.Response(body=exposition.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

        async def healthz(_: web.Request) -> web.Response:
            problem = self.unwell()
            return web.Response(status=503 if problem else 200, text=f"{problem or 'ok'}\n")

        app = web.Application()
        app.router.add_get("/metrics", metrics)
        app.router.add_get("/healthz", healthz)
        return app


def _bound(listen: Listen) -> socket.socket:
    """A listening socket: of that host, or of all addresses of both families where the machine has both."""
    try:
        if not listen.host and socket.has_dualstack_ipv6():
            return socket.create_server(("", listen.port), family=socket.AF_INET6, dualstack_ipv6=True)
        family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
        return socket.create_server((listen.host, listen.port), family=family)
    except OSError as error:
        raise LatencyError(f"cannot listen at {listen.host or '*'}:{listen.port}: {error.strerror or error}") from error
