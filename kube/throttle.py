"""So many calls a second and no more: what client-go calls qps and burst, in front of any client.

A controller that goes wrong must not take the API server with it. Calls wait their turn, in order of coming; one that
would wait longer than half its time-out fails at once and is not counted. Watches pass: they are few, and last.

Renewing a lease must not queue behind the work that it is the licence for: give `Leadership` the client itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager

from kube.client import CALL_TIMEOUT_S, NO_PARAMS, KubeClient, PatchKind
from kube.errors import Unreachable


class Busy(Unreachable):
    """Our own limit, not the server: nothing was sent."""


class TokenBucket:
    """Turns at *qps* a second, of which *burst* may be taken at once after a rest."""

    def __init__(self, *, qps: float, burst: int) -> None:
        if not (qps > 0 and burst >= 1):
            raise ValueError(f"throttle: wants qps > 0 and burst >= 1, got {qps:g} and {burst}")
        self._every_s = 1 / qps
        self._burst = burst
        self._full_s = float("-inf")  # loop time at which the bucket is full again

    async def turn(self, *, within_s: float) -> float:
        """Waits for a turn; how long that took. `Busy` at once when it would take longer than *within_s*."""
        now_s = asyncio.get_running_loop().time()
        full_s = max(self._full_s, now_s) + self._every_s
        wait_s = max(0.0, full_s - now_s - self._burst * self._every_s)
        if wait_s > within_s:
            raise Busy(f"not sent: {1 / self._every_s:g} calls/s are allowed and the queue is {wait_s:.1f} s long")
        self._full_s = full_s
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        return wait_s


class ThrottledClient:
    """`KubeClient` in front of another. Closing it closes that."""

    def __init__(self, client: KubeClient, bucket: TokenBucket) -> None:
        self._client = client
        self._bucket = bucket

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        return await self._client.get(path, params, timeout_s=await self._left_s(timeout_s))

    def watch(
        self, path: str, params: Mapping[str, str], *, idle_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._client.watch(path, params, idle_s=idle_s)

    async def create(self, path: str, body: object, *, timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        return await self._client.create(path, body, timeout_s=await self._left_s(timeout_s))

    async def patch(
        self, path: str, body: object, *, kind: PatchKind = "merge", timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        return await self._client.patch(path, body, kind=kind, timeout_s=await self._left_s(timeout_s))

    async def delete(self, path: str, *, uid: str = "", timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        return await self._client.delete(path, uid=uid, timeout_s=await self._left_s(timeout_s))

    async def close(self) -> None:
        await self._client.close()

    async def _left_s(self, timeout_s: float) -> float:
        """The wait counts: a call ends within its time-out, half of which at least is the server's."""
        return timeout_s - await self._bucket.turn(within_s=timeout_s / 2)
