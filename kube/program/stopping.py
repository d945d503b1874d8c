"""Whether the server is about to stop, which every answer then tells.

A client that keeps connections open cannot know that the server ends, and a request on a connection that is closed at
the same moment is lost: Go does not repeat a POST. So once we are stopping, each answer says `Connection: close`, and
the client comes with its next request by a new connection, to whoever listens by then.
"""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

STOPPING = web.AppKey("STOPPING", asyncio.Event)


def add_stopping(app: web.Application) -> None:
    """Once `app[STOPPING]` is set, each answer is the last on its connection, whatever it is."""
    stopping = app[STOPPING] = asyncio.Event()

    async def end_connection(_: web.Request, response: web.StreamResponse) -> None:
        if stopping.is_set():
            response.force_close()
            response.headers[hdrs.CONNECTION] = "close"  # the headers may be made already

    app.on_response_prepare.append(end_connection)
