"""Bodies of requests, read with every bound that a body needs: bytes as sent, bytes inflated, how many large at once.

A body past the limit is not read further and is answered like any other bad request; aiohttp then throws the rest away
as it comes in, so that the connection stays usable. Inflating is aiohttp's, in small pieces, so the limit holds for
what a few kilobytes of gzip swell to, too.

Large bodies come from clients without a node cache, one at a time. Two may be read and decided on at once and others
wait, unread, so that many connections do not become as many large bodies in memory. An answer that is being sent is
nobody's turn any more: a client that reads slowly must not hold up another.
"""

from __future__ import annotations

import asyncio

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from scheduler.errors import BodyTooLarge, WireError

MEBIBYTE = 1 << 20
LARGE_BYTES = MEBIBYTE
LARGE_AT_ONCE = 2


class Bodies:
    """Reads bodies of up to that many bytes. To be used from one event loop."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.large = asyncio.Semaphore(LARGE_AT_ONCE)

    def turn(self) -> Turn:
        """One exchange: read its body, and release it when it is answered."""
        return Turn(self)


class Turn:
    """The reading of one body. A large one holds its place until `release`."""

    __slots__ = ("_bodies", "_is_large")

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._is_large = False

    async def read(self, request: web.Request) -> bytes:
        """The body, inflated. WireError when it cannot be read or is past the limit."""
        limit_bytes = self._bodies.limit_bytes
        if (request.content_length or 0) > limit_bytes:  # as sent: nobody has to wait for what is refused
            raise _too_large(limit_bytes)
        parts: list[bytes] = []
        size = 0
        while part := await _next_part(request):
            size += len(part)
            if size > LARGE_BYTES and not self._is_large:
                await self._bodies.large.acquire()
                self._is_large = True
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def release(self) -> None:
        """The exchange is over."""
        if self._is_large:
            self._is_large = False
            self._bodies.large.release()


def _too_large(limit_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"the body is larger than the limit of {limit_bytes} bytes (listen.max_body_mib); "
        "with nodeCacheCapable: true kube-scheduler sends names instead of whole nodes"
    )


async def _next_part(request: web.Request) -> bytes:
    try:
        return await request.content.readany()
    except (HttpProcessingError, RequestPayloadError, ClientError, ConnectionError) as error:
        raise WireError(f"the body cannot be read: {' '.join(str(error).split())}") from error
