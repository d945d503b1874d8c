"""A server that does not answer is not asked again for a while.

Many loops may have business with one cluster that is cut off, and each would wait its whole time-out. After one call
without an answer the next ones fail at once, until some seconds are over; then one more is let through.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from kube.client import CALL_TIMEOUT_S, NO_PARAMS, KubeClient, PatchKind
from kube.errors import KubeError, Unreachable

REST_S = 15.0


class CutOff(Unreachable):
    """Not asked, since it did not answer a moment ago: nothing was sent."""


class BreakerClient:
    """`KubeClient` in front of another. Closing it closes that; watches pass."""

    def __init__(self, client: KubeClient, *, rest_s: float = REST_S) -> None:
        self._client = client
        self._rest_s = rest_s
        self._until_s = float("-inf")
        self._why = ""

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        return await self._tried(lambda: self._client.get(path, params, timeout_s=timeout_s))

    def watch(
        self, path: str, params: Mapping[str, str], *, idle_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._client.watch(path, params, idle_s=idle_s)

    async def create(self, path: str, body: object, *, timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        return await self._tried(lambda: self._client.create(path, body, timeout_s=timeout_s))

    async def patch(
        self, path: str, body: object, *, kind: PatchKind = "merge", timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        return await self._tried(lambda: self._client.patch(path, body, kind=kind, timeout_s=timeout_s))

    async def delete(self, path: str, *, uid: str = "", timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        return await self._tried(lambda: self._client.delete(path, uid=uid, timeout_s=timeout_s))

    async def close(self) -> None:
        await self._client.close()

    async def _tried(self, call: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
        loop = asyncio.get_running_loop()
        if loop.time() < self._until_s:
            raise CutOff(f"not asked for {self._until_s - loop.time():.0f} s more: {self._why}")
        try:
            answer = await call()
        except Unreachable as error:
            self._until_s, self._why = loop.time() + self._rest_s, str(error)
            raise
        except KubeError:  # a no is an answer
            self._until_s = float("-inf")
            raise
        self._until_s = float("-inf")
        return answer
