"""An address at which an application answers, for as long as one is inside.

For pages behind which nothing can be changed: nobody loses a request that matters when it closes.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from kube.causes import cause
from kube.program.errors import ListenError

LOG = logging.getLogger(__name__)


@asynccontextmanager
async def door(app: web.Application, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
    """Open while inside, at the address that comes back; an empty *host* is all of this machine. Else ListenError."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host or None, port).start()
        except OSError as error:
            raise ListenError(f"cannot listen on {host}:{port} for pages: {cause(error)}") from error
        at, number = runner.addresses[0][:2]
        LOG.info("listening for probes", extra={"address": f"{at}:{number}"})
        yield at, number
    finally:
        await runner.cleanup()
