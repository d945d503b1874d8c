"""Pages that every program has: probes for the kubelet, metrics for Prometheus, and the version.

`/healthz` says that a restart would mend nothing, `/readyz` that it can do its work. Else they say 503 and why, the one
place where a 5xx is meant, since probes know no other way to say no.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Protocol

import msgspec
from aiohttp import hdrs, web

from kube.program.stopping import STOPPING

Page = Callable[[web.Request], Awaitable[web.Response]]

LOG = logging.getLogger(__name__)


class Probed(Protocol):
    """Who is asked how it is."""

    def unready(self) -> str:
        """Empty when it can do its work, else why not."""

    def broken(self) -> str:
        """Empty as long as a restart would mend nothing, else what it would mend."""


class Exposed(Protocol):
    """Who has metrics."""

    def text(self, accept: str = "") -> tuple[bytes, str]:
        """All of them in the format that the scraper accepts, and that format's content type."""


def add_pages(app: web.Application, probed: Probed, metrics: Exposed) -> None:
    """Put probes, metrics and version under their paths; `app[STOPPING]` must be there."""

    async def healthz(_: web.Request) -> web.Response:
        why = probed.broken()
        return web.Response(text=f"{why or 'ok'}\n", status=503 if why else 200)

    async def readyz(request: web.Request) -> web.Response:
        why = "stopping" if request.app[STOPPING].is_set() else probed.unready()
        return web.Response(text=f"{why or 'ok'}\n", status=503 if why else 200)

    async def show_metrics(request: web.Request) -> web.Response:
        body, content_type = metrics.text(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})

    async def show_version(_: web.Request) -> web.Response:
        return json_answer({"version": version("edgeward")})

    for path, page, on_failure in (
        ("/healthz", healthz, 200),
        ("/readyz", readyz, 503),  # who cannot say that it is ready is not
        ("/metrics", show_metrics, 200),
        ("/version", show_version, 200),
    ):
        app.router.add_get(path, guarded(page, on_failure))


def guarded(page: Page, status_on_failure: int) -> Page:
    """The page, which says with that status what went wrong in it, whatever that is."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await page(request)
        except Exception as error:  # an HTTP handler: whoever asked is told, and we go on
            LOG.exception("failed to answer", extra={"path": request.path})
            return json_answer({"Error": f"edgeward failed: {type(error).__name__}: {error}"}, status=status_on_failure)

    return handle


def json_answer(told: object, *, status: int = 200) -> web.Response:
    """An answer for programs."""
    return web.Response(body=msgspec.json.encode(told), content_type="application/json", status=status)
