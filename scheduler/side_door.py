"""The pages for probes and Prometheus on an address of their own.

Beside kube-scheduler the verbs listen on loopback, so that nobody else can ask for a binding. But a kubelet probes the
address of the pod, and Prometheus comes from elsewhere. They get a door behind which nothing can be changed.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from kube.causes import cause
from scheduler.config import Pages
from scheduler.desk import Desk
from scheduler.errors import ListenError
from scheduler.metrics import Metrics
from scheduler.pages import add_pages
from scheduler.stopping import STOPPING

SIDE_DOOR = web.AppKey("SIDE_DOOR", web.Application)

LOG = logging.getLogger(__name__)


def add_side_door(app: web.Application, desk: Desk, metrics: Metrics) -> None:
    """Keep in the application what is behind its side door, which knows with it that it is stopping."""
    beside = app[SIDE_DOOR] = web.Application()
    beside[STOPPING] = app[STOPPING]
    add_pages(beside, desk, metrics)


@asynccontextmanager
async def side_door(app: web.Application, pages: Pages | None) -> AsyncIterator[tuple[str, int] | None]:
    """Open while inside, at the address that comes back; not at all without *pages*. ListenError if it cannot be."""
    if pages is None:
        yield None
        return
    runner = web.AppRunner(app[SIDE_DOOR], access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, pages.host or None, pages.port).start()
        except OSError as error:
            where = f"{pages.host}:{pages.port}"
            raise ListenError(f"cannot listen on {where} for pages: {cause(error)}") from error
        host, port = runner.addresses[0][:2]
        LOG.info("listening for probes", extra={"address": f"{host}:{port}"})
        yield host, port
    finally:
        await runner.cleanup()
