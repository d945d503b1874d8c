"""The pages for probes and Prometheus on an address of their own.

Beside kube-scheduler the verbs listen on loopback, so that nobody else can ask for a binding. But a kubelet probes the
address of the pod, and Prometheus comes from elsewhere. They get a door behind which nothing can be changed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from kube.program.door import door
from kube.program.pages import add_pages
from kube.program.settings import Pages
from kube.program.stopping import STOPPING
from scheduler.desk import Desk
from scheduler.metrics import Metrics

SIDE_DOOR = web.AppKey("SIDE_DOOR", web.Application)


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
    async with door(app[SIDE_DOOR], pages.host, pages.port) as address:
        yield address
