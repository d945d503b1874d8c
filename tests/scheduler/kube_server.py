"""`FakeKube` behind a real socket, for what must be shown with a real session: one address that is there or not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from kube.client import PatchKind
from kube.errors import ApiError
from tests.fakes import FakeKube

_WATCH_S = 3600.0


@asynccontextmanager
async def serving(kube: FakeKube, port: int) -> AsyncIterator[None]:
    """The API server is there as long as this lasts."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await _answer(kube, request)
        except ApiError as error:
            status = {"kind": "Status", "code": error.status, "reason": error.reason, "message": error.message}
            return web.json_response(status, status=error.status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        kube.cut(cleanly=True)
        await runner.cleanup()


_KINDS: Mapping[str, PatchKind] = {
    "application/merge-patch+json": "merge",
    "application/json-patch+json": "json",
    "application/strategic-merge-patch+json": "strategic",
}


async def _answer(kube: FakeKube, request: web.Request) -> web.StreamResponse:
    path, params = request.path, dict(request.query)
    body: Any = await request.json() if request.can_read_body else None
    if path == "/version":
        return web.json_response({"major": "1", "minor": "36"})
    if path == "/api/v1":
        return web.json_response({"kind": "APIResourceList", "resources": [{"name": "pods"}, {"name": "pods/resize"}]})
    if params.pop("watch", ""):
        return await _watch(kube, request, params)
    match request.method:
        case "GET":
            content = await kube.get(path, params)
        case "POST":
            content = await kube.create(path, body)
        case "PATCH":
            content = await kube.patch(path, body, kind=_KINDS[request.content_type])
        case _:
            content = await kube.delete(path)
    return web.Response(body=content, content_type="application/json")


async def _watch(kube: FakeKube, request: web.Request, params: dict[str, str]) -> web.StreamResponse:
    async with kube.watch(request.path, params, idle_s=_WATCH_S) as lines:
        response = web.StreamResponse()
        await response.prepare(request)
        async for line in lines:
            await response.write(line + b"\n")
        return response


def kubeconfig(folder: Path, port: int) -> Path:
    """A file that names this server."""
    content = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path
