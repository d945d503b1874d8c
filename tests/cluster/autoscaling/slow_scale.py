"""An admission webhook that holds one user's changes of `scale`, so that somebody else can be faster, every time."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.cluster.api import Api
from tests.cluster.control_plane import ControlPlane
from tests.cluster.objects import Manifest
from tests.cluster.ports import HOST
from tests.cluster.waiting import until

_NAME = "scale.test.edgeward.dev"


class Gate:
    """`came` is set while a change waits; it goes on after `open`."""

    def __init__(self) -> None:
        self.came, self._opened, self._tried = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def open(self) -> None:
        """From now on nothing waits."""
        self._opened.set()

    async def hold(self, request: web.Request) -> web.Response:
        """Allows everything, when it is time."""
        self.came.set()
        await self._opened.wait()
        return await _allow(request)

    async def notice(self, request: web.Request) -> web.Response:
        """Somebody tries whether the API server asks already."""
        self._tried.set()
        return await _allow(request)

    async def wait_asked(self, api: Api) -> None:
        """Return when the API server asks us; a new webhook takes it a moment."""
        probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}}

        async def is_asked() -> bool:
            await api.request("POST", "/api/v1/namespaces/default/configmaps", probe, dryRun="All")
            return self._tried.is_set()

        await until(is_asked, what="the webhook to be asked")


@asynccontextmanager
async def slow_scale(plane: ControlPlane, api: Api, *, user: str) -> AsyncIterator[Gate]:
    """Inside, what *user* asks of any Deployment's scale waits at the gate."""
    gate, port = Gate(), plane.ports.free()
    app = web.Application()
    app.router.add_post("/hold", gate.hold)
    app.router.add_post("/notice", gate.notice)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(plane.certificates.server.certificate, plane.certificates.server.key)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port, ssl_context=tls).start()
        ca = base64.b64encode(plane.certificates.ca.read_bytes()).decode()
        (made,) = await api.create(_configuration(f"https://{HOST}:{port}", ca=ca, user=user))
        try:
            await gate.wait_asked(api)
            yield gate
        finally:
            gate.open()
            await api.delete(made["kind"], made["metadata"]["name"])
    finally:
        await runner.cleanup()


async def _allow(request: web.Request) -> web.Response:
    answer = {"uid": (await request.json())["request"]["uid"], "allowed": True}
    return web.json_response({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer})


def _configuration(url: str, *, ca: str, user: str) -> Manifest:
    scale = {
        "apiGroups": ["apps"],
        "apiVersions": ["v1"],
        "operations": ["UPDATE"],
        "resources": ["deployments/scale"],
    }
    probe = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    common = {"sideEffects": "None", "admissionReviewVersions": ["v1"], "timeoutSeconds": 30}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": _NAME},
        "webhooks": [
            {
                "name": f"hold.{_NAME}",
                "clientConfig": {"url": f"{url}/hold", "caBundle": ca},
                "rules": [scale],
                "matchConditions": [{"name": "user", "expression": f"request.userInfo.username == '{user}'"}],
                **common,
            },
            {
                "name": f"notice.{_NAME}",
                "clientConfig": {"url": f"{url}/notice", "caBundle": ca},
                "rules": [probe],
                **common,
            },
        ],
    }
