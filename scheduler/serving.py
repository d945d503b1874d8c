"""Listening, and stopping without a lost request.

First `/readyz` says no, so that nobody new is sent here, while everybody who comes is still served and told that this
connection ends (`stopping`). After `drain_s` nothing new is accepted, idle connections are closed, and what is in work
is finished, for as long as its client would wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiohttp import web

from scheduler.config import Config
from scheduler.errors import ListenError
from scheduler.metrics import Metrics
from scheduler.stopping import STOPPING
from scheduler.tls import LOOK_EVERY_S, Certificates, keep_fresh

BACKLOG = 1024

LOG = logging.getLogger(__name__)


async def serve(
    app: web.Application,
    config: Config,
    metrics: Metrics,
    stop: asyncio.Event,
    *,
    listening: Callable[[str], None] = lambda _: None,
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Serve until *stop*, then drain. *listening* is told the address once it is open; ListenError if it never is."""
    listen = config.listen
    certificates = Certificates(listen.tls) if listen.tls else None
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=listen.keepalive_s,
        lingering_time=config.http_timeout_s,  # how long the rest of a body that is too large is thrown away
        shutdown_timeout=config.http_timeout_s,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, listen.host, listen.port, ssl_context=certificates, backlog=BACKLOG)
        try:
            await site.start()
        except OSError as error:
            raise ListenError(f"cannot listen on {listen.host}:{listen.port}: {error.strerror or error}") from error
        LOG.info("listening", extra={"address": site.name + listen.prefix})
        listening(site.name + listen.prefix)
        async with asyncio.TaskGroup() as tasks:
            if certificates is not None:
                tasks.create_task(keep_fresh(certificates, metrics, stop, every_s=look_every_s))
            await stop.wait()
        app[STOPPING].set()
        LOG.info("stopping", extra={"drain_s": listen.drain_s})
        await asyncio.sleep(listen.drain_s)
    finally:
        await runner.cleanup()
