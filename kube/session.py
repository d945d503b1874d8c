"""The one way to Kubernetes: the official client's connection pool and credentials, our bytes, bounds and errors.

`kubernetes.aio` knows kubeconfigs, tokens and TLS; its models and its watch are left alone: they decode all of an
object, and a watch there hangs for ever on a server that went silent. Every call here ends within its `timeout_s`, a
watch within `idle_s` of the last thing heard, and whatever the library raises leaves as one of `kube.errors`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from kubernetes.aio.client import Configuration
from kubernetes.aio.client.rest import RESTClientObject

from kube import credentials, decoding
from kube.causes import cause
from kube.client import CALL_TIMEOUT_S, NO_PARAMS, PatchKind
from kube.errors import ConfigError, Silent, Unreachable, refusal
from kube.lines import Unfinished, lines

CONNECT_TIMEOUT_S = 4.0  # a server that comes back is found within 5 s, also when the first SYN was lost
OPEN_TIMEOUT_S = 10.0  # a watch's headers come at once; only its events may take their time

_CONTENT_TYPES: Mapping[str, str] = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}


async def connect(*, kubeconfig: Path | None, context: str = "") -> Session:
    """A session with the cluster that *kubeconfig*, the environment or this pod names; asks the server nothing yet."""
    configuration = await credentials.load(kubeconfig, context, os.environ)
    try:
        return Session(configuration)
    except OSError as error:  # ssl.SSLError is one: a CA or a client certificate that is none
        raise ConfigError(f"certificates for {configuration.host}: {cause(error)}") from error


class Session:
    """`KubeClient` over HTTP."""

    def __init__(self, configuration: Configuration) -> None:
        self.server: str = configuration.host
        self._configuration = configuration
        self._rest = RESTClientObject(configuration)
        self._closed = False

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        return await self._call("GET", path, params, timeout_s=timeout_s)

    async def create(self, path: str, body: object, *, timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        return await self._call("POST", path, body=body, timeout_s=timeout_s)

    async def patch(
        self, path: str, body: object, *, kind: PatchKind = "merge", timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        return await self._call("PATCH", path, body=body, content_type=_CONTENT_TYPES[kind], timeout_s=timeout_s)

    async def delete(self, path: str, *, uid: str = "", timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": uid}} if uid else None
        return await self._call("DELETE", path, body=body, timeout_s=timeout_s)

    @asynccontextmanager
    async def watch(
        self, path: str, params: Mapping[str, str], *, idle_s: float
    ) -> AsyncGenerator[AsyncIterator[bytes], None]:
        open_s = min(OPEN_TIMEOUT_S, idle_s)
        with self._border(f"no answer within {open_s:g} s"):
            async with asyncio.timeout(open_s):
                response = await self._send("GET", path, {**params, "watch": "true"})
        try:
            async with aclosing(self._lines(response, idle_s)) as told:
                yield told
        finally:
            response.close()  # the server goes on sending, so the connection cannot be used again

    async def close(self) -> None:
        self._closed = True
        await self._rest.close()

    async def _lines(self, response: aiohttp.ClientResponse, idle_s: float) -> AsyncGenerator[bytes, None]:
        async def chunks() -> AsyncGenerator[bytes, None]:
            while True:
                try:
                    async with asyncio.timeout(idle_s):
                        chunk = await response.content.readany()
                except TimeoutError as error:
                    raise Silent(f"{self.server}: nothing came for {idle_s:g} s") from error
                except RuntimeError as error:  # aiohttp's word for a connection that our own `close` ended
                    raise aiohttp.ClientConnectionError("the connection was closed") from error
                if not chunk:
                    return
                yield chunk

        with self._border("no answer"):
            async with aclosing(chunks()) as pieces:
                async for line in lines(pieces):
                    yield line

    async def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] = NO_PARAMS,
        *,
        body: object = None,
        content_type: str = "application/json",
        timeout_s: float,
    ) -> bytes:
        with self._border(f"no answer within {timeout_s:g} s"):
            async with asyncio.timeout(timeout_s):
                response = await self._send(method, path, params, body, content_type)
                try:
                    return await response.read()
                finally:
                    response.release()

    async def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: object = None,
        content_type: str = "application/json",
    ) -> aiohttp.ClientResponse:
        """The response, whose body is still to be read; ApiError when it is a refusal."""
        if self._closed:
            raise Unreachable(f"cannot reach {self.server}: this session is closed")
        query = f"?{urlencode(params)}" if params else ""
        answer = await self._rest.request(  # type: ignore[no-untyped-call]  # the library's bears no types
            method,
            f"{self.server}{path}{query}",
            headers={**await self._credentials(), "Accept": "application/json", "Content-Type": content_type},
            body=None if body is None else msgspec.to_builtins(body),
            _request_timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
        )
        response: aiohttp.ClientResponse = answer.response
        if response.status >= 400:
            raise await self._refusal(method, path, response)
        return response

    async def _credentials(self) -> dict[str, str]:
        try:
            setting: Any = (await self._configuration.auth_settings()).get("BearerToken")
        except credentials.WRONG as error:
            raise Unreachable(f"cannot reach {self.server}: no credentials: {cause(error)}") from error
        return {"Authorization": setting["value"].strip()} if setting else {}  # a token file may end its line

    async def _refusal(self, method: str, path: str, response: aiohttp.ClientResponse) -> Exception:
        content = await response.read()
        status = decoding.status(content)
        if status is None:  # of a proxy in between
            status = decoding.Status(message=content[:200].decode(errors="replace"))
        reason = status.reason or response.reason or ""
        return refusal(response.status, reason, status.message or reason, asked=f"{method} {self.server}{path}")

    @contextmanager
    def _border(self, late: str) -> Generator[None, None, None]:
        """No error of asyncio's, aiohttp's or the library's passes; *late* is said of a time-out."""
        try:
            yield
        except TimeoutError as error:
            raise Unreachable(f"cannot reach {self.server}: {late}") from error
        except (aiohttp.ClientError, OSError, Unfinished) as error:
            raise Unreachable(f"cannot reach {self.server}: {cause(error)}") from error
