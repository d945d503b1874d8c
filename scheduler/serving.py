"""Listening, and stopping without a lost request.

First `/readyz` says no, so that nobody new is sent here, while everybody who comes is still served and told that this
connection ends (`stopping`). After `drain_s` the address is closed; who is connected by then, accepted or not, may
still ask once. Last, connections on which nobody asked are closed, and what is in work is finished, for as long as its
client would wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable

from aiohttp import web

from kube.causes import cause
from kube.program.errors import ListenError
from kube.program.stopping import STOPPING
from scheduler.config import Config, Listen
from scheduler.last_call import taken_and_closed
from scheduler.metrics import Metrics
from scheduler.side_door import side_door
from scheduler.tls import LOOK_EVERY_S, Certificates, keep_fresh

BACKLOG = 1024
LAST_CALL_S = 1.0  # for a request on a connection that is there when the address is closed
LOOK_S = 0.01

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
    async with contextlib.AsyncExitStack() as at_the_end:
        at_the_end.push_async_callback(runner.cleanup)
        await at_the_end.enter_async_context(side_door(app, config.pages))
        open_door = await _open(runner, listen, certificates)
        at_the_end.callback(open_door.close)
        address = _address(open_door, listen)
        LOG.info("listening", extra={"address": address})
        listening(address)
        async with asyncio.TaskGroup() as tasks:
            if certificates is not None:
                tasks.create_task(keep_fresh(certificates, metrics, stop, every_s=look_every_s))
            await stop.wait()
        app[STOPPING].set()
        LOG.info("stopping", extra={"drain_s": listen.drain_s})
        await asyncio.sleep(listen.drain_s)
        await _close(open_door, runner, certificates)


async def _open(runner: web.AppRunner, listen: Listen, certificates: ssl.SSLContext | None) -> asyncio.Server:
    assert runner.server is not None  # after setup()
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(runner.server, listen.host, listen.port, ssl=certificates, backlog=BACKLOG)
    except OSError as error:
        raise ListenError(f"cannot listen on {listen.host}:{listen.port}: {cause(error)}") from error


def _address(server: asyncio.Server, listen: Listen) -> str:
    host = f"[{listen.host}]" if ":" in listen.host else listen.host
    port = server.sockets[0].getsockname()[1]
    return f"{'https' if listen.tls else 'http'}://{host}:{port}{listen.prefix}"


async def _close(server: asyncio.Server, runner: web.AppRunner, certificates: ssl.SSLContext | None) -> None:
    """Take nothing new; wait a little for those who are connected and have not asked yet."""
    assert runner.server is not None
    doors = [each.dup() for each in server.sockets]  # asyncio closes its own at once
    server.close()
    waiting = [taken for door in doors for taken in taken_and_closed(door)]
    loop = asyncio.get_running_loop()
    for taken in waiting:
        # a connection that broke, or whose handshake failed, needs no answer
        with contextlib.suppress(OSError):
            await loop.connect_accepted_socket(runner.server, taken, ssl=certificates)
    for _ in range(int(LAST_CALL_S / LOOK_S)):
        await asyncio.sleep(LOOK_S)  # first of all: asyncio, too, may be taking some
        if not runner.server.connections:
            return
