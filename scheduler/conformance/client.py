"""Requests as kube-scheduler's client makes them: POST with a length, connections kept, one limit for each exchange."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Final

import aiohttp

from scheduler.conformance.target import Target

# kube-scheduler's transport: https://pkg.go.dev/net/http and apimachinery's SetOldTransportDefaults
HEADERS: Final = {
    "Content-Type": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "Go-http-client/1.1",
}
_FOR_EVER_S: Final = 3600.0  # our side never closes a connection, so that it is seen when the other does
_NOT_SENT: Final = ("Accept",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; *problem* says why nothing did."""

    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_new_connection: bool = False
    problem: str = ""


class Client:
    """Asks one extender."""

    def __init__(self, target: Target, session: aiohttp.ClientSession) -> None:
        self.target = target
        self.took_ms: dict[str, list[float]] = {}  # by verb, of the answers with status 200
        self._session = session

    async def ask(self, kind: str, body: bytes) -> Answer:
        """The answer of that verb, or why there was none within the limit."""
        started, seen = time.perf_counter(), SimpleNamespace(connected=False)
        try:
            async with asyncio.timeout(self.target.timeout_s):
                request = self._session.post(
                    self.target.address(kind), data=BytesIO(body), allow_redirects=False, trace_request_ctx=seen
                )
                async with request as response:
                    content = await response.read()
        except TimeoutError:
            return Answer(problem=f"no answer within {self.target.timeout_s:g} s", is_new_connection=seen.connected)
        except (aiohttp.ClientError, OSError) as problem:
            said = str(problem) or type(problem).__name__
            return Answer(problem=said, is_new_connection=seen.connected)
        if response.status == 200:
            self.took_ms.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
        return Answer(status=response.status, body=content, headers=response.headers, is_new_connection=seen.connected)


@asynccontextmanager
async def client(target: Target) -> AsyncIterator[Client]:
    """A client with connections of its own."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_FOR_EVER_S, ssl=target.tls or True)
    async with aiohttp.ClientSession(
        connector=connector,
        headers=HEADERS,
        skip_auto_headers=_NOT_SENT,
        timeout=aiohttp.ClientTimeout(total=None),
        trace_configs=[_traced()],
        auto_decompress=True,
    ) as session:
        yield Client(target, session)


def _traced() -> aiohttp.TraceConfig:
    """Notes of each request whether it had to connect anew."""

    async def connected(_session: aiohttp.ClientSession, context: SimpleNamespace, _what: Any) -> None:
        context.trace_request_ctx.connected = True

    config = aiohttp.TraceConfig()
    config.on_connection_create_end.append(connected)
    return config
