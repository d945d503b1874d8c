"""What is not a verb: probes for the kubelet, metrics for Prometheus, and an explanation for people.

`/healthz` says that a restart would mend nothing, `/readyz` that it can decide. Else they say 503 and why, the one
place where a 5xx is meant, since probes know no other way to say no.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from importlib.metadata import version

import msgspec
from aiohttp import hdrs, web

from scheduler.desk import Desk
from scheduler.metrics import Metrics
from scheduler.stopping import STOPPING

Page = Callable[[web.Request], Awaitable[web.Response]]

LOG = logging.getLogger(__name__)


def add_pages(app: web.Application, desk: Desk, metrics: Metrics) -> None:
    """Put probes, metrics and version under their paths."""

    async def healthz(_: web.Request) -> web.Response:
        why = desk.broken()
        return web.Response(text=f"{why or 'ok'}\n", status=503 if why else 200)

    async def readyz(request: web.Request) -> web.Response:
        why = "stopping" if request.app[STOPPING].is_set() else desk.unready()
        return web.Response(text=f"{why or 'ok'}\n", status=503 if why else 200)

    async def show_metrics(request: web.Request) -> web.Response:
        body, content_type = metrics.text(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})

    async def show_version(_: web.Request) -> web.Response:
        return _json({"version": version("edgeward")})

    for path, page, on_failure in (
        ("/healthz", healthz, 200),
        ("/readyz", readyz, 503),  # who cannot say that it is ready is not
        ("/metrics", show_metrics, 200),
        ("/version", show_version, 200),
    ):
        app.router.add_get(path, _guarded(page, on_failure))


def add_explanations(app: web.Application, desk: Desk, *, prefix: str, deadline_s: float) -> None:
    """Put them under their path, and also under the verbs' prefix, the one address that people know."""

    async def explain(request: web.Request) -> web.Response:
        namespace, name = request.match_info["namespace"], request.match_info["pod"]
        try:
            async with asyncio.timeout(deadline_s):
                told = await desk.explain(namespace, name)
        except TimeoutError:
            return _json({"Error": f"no explanation of {namespace}/{name} within {deadline_s:g} s; try again"})
        if told is None:
            return _json({"Error": f"pod {namespace}/{name} is not known"}, status=404)
        return _json(told)

    of_a_pod = "/explain/{namespace}/{pod}"
    for path in dict.fromkeys((of_a_pod, prefix + of_a_pod)):
        app.router.add_get(path, _guarded(explain, 200))


def _guarded(page: Page, status_on_failure: int) -> Page:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await page(request)
        except Exception as error:  # an HTTP handler: whoever asked is told, and we go on
            LOG.exception("failed to answer", extra={"path": request.path})
            return _json({"Error": f"edgeward failed: {type(error).__name__}: {error}"}, status=status_on_failure)

    return handle


def _json(told: object, *, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(told), content_type="application/json", status=status)
