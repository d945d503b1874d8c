"""Who leads: of several processes that run the same loop, the one that holds the Lease.

The rules are client-go's (tools/leaderelection), and so are the times: a lease of 15 s, given up by its holder when it
was not renewed for 10 s, tried every 2 s.

* **No clock is compared with another.** A follower takes over when it has seen the same record for the whole lease, by
  its own monotonic clock; what `renewTime` says is for people.
* **A leader stops before it can be followed.** Its term counts from the moment at which it *sent* the last renewal that
  was answered; nobody can have seen that record earlier. It ends after 10 s, then the work is told, and after half of
  what is left to 15 s it is cancelled. Clocks may differ in rate by a third.
* **Each write is guarded by resourceVersion**, so of two that take a free lease one has a conflict.

What no lease can do is stop a process that was frozen and wakes with a request half sent. So writes of the work itself
are to be guarded by the version of what they change, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
import numpy as np

from kube.client import KubeClient
from kube.errors import Conflict, Garbled, KubeError, NotFound
from kube.micro_time import micro_time

Lead = Callable[[asyncio.Event], Awaitable[None]]

_JITTER = 1.2  # leaderelection.JitterFactor: followers of a dead leader do not all come at once
_RELEASED_S = 1  # what client-go writes into a lease that is given up
_RELEASE_S = 2.0  # for the one call of giving it up; without it the successor waits for the lease to run out

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a lease lasts, how long its holder goes on without an answer, and how often it is tried."""

    lease_s: int = 15
    renew_s: float = 10.0
    retry_s: float = 2.0

    def __post_init__(self) -> None:
        if not self.lease_s > self.renew_s > _JITTER * self.retry_s > 0:
            raise ValueError(
                f"lease: must be lease_s > renew_s > {_JITTER} * retry_s > 0, "
                f"got {self.lease_s}, {self.renew_s:g} and {self.retry_s:g}"
            )


class _Spec(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A Lease's spec; a null is what a field has that was never set."""

    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    acquire_time: str | None = None
    renew_time: str | None = None
    lease_transitions: int | None = None


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class _Lease(msgspec.Struct, frozen=True):
    metadata: _Meta = _Meta()
    spec: _Spec = _Spec()


_DECODER = msgspec.json.Decoder(_Lease)


class Leadership:
    """One candidate. *identity* must be one that no other process has, also not the one before a restart."""

    def __init__(
        self,
        client: KubeClient,
        *,
        namespace: str,
        name: str,
        identity: str,
        clock: Callable[[], float],
        rng: np.random.Generator,
        terms: Terms | None = None,
    ) -> None:
        if not identity:
            raise ValueError("lease: identity must not be empty: that is nobody's")
        self._client = client
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{quote(namespace, safe='')}/leases"
        self._name = name
        self._path = f"{self._collection}/{quote(name, safe='')}"
        self._identity = identity
        self._clock = clock
        self._rng = rng
        self._terms = terms or Terms()
        self._seen = _Lease()
        self._current = False  # nothing was sent since whose answer is missing
        self._seen_s = 0.0  # loop time at which this spec was seen first
        self._sent_s = -np.inf  # loop time at which the last renewal was sent that was answered
        self.leading = False
        self.problem = ""  # why the lease could not be asked for or renewed the last time

    @property
    def holder(self) -> str:
        """Who held it when it was last looked at; empty when nobody did."""
        return self._seen.spec.holder_identity or ""

    async def run(self, stop: asyncio.Event, lead: Lead) -> None:
        """Leads whenever it holds the lease, until *stop* or until *lead* ends by itself; then gives the lease up.

        *lead* gets an event that is set when it has to end, because of *stop* or because the lease was lost. After a
        loss it has little time and is then cancelled; after *stop* the lease is renewed until it has ended.
        """
        while await self._acquired(stop):
            logger.info("lease %s: %s leads", self._name, self._identity)
            if await self._lead(stop, lead):
                await self._release()
                return
            logger.warning("lease %s: %s leads no more: %s", self._name, self._identity, self.problem)

    async def _acquired(self, stop: asyncio.Event) -> bool:
        """True when the lease is ours, False on *stop*."""
        while not stop.is_set():
            if await self._try(self._terms.renew_s):
                return True
            pause_s = self._terms.retry_s * float(self._rng.uniform(1, _JITTER))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await stop.wait()
        return False

    async def _lead(self, stop: asyncio.Event, lead: Lead) -> bool:
        """Whether it ended of itself or on *stop*, with the lease still ours."""
        over = asyncio.Event()
        self.leading = True
        try:
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(_ended(lead(over)))
                told = tasks.create_task(_set_after(stop, over))
                kept = await self._kept(work)
                self.leading = False
                over.set()
                told.cancel()
                if not kept:
                    await asyncio.wait({work}, timeout=(self._terms.lease_s - self._terms.renew_s) / 2)
                    work.cancel()
        finally:
            self.leading = False
        return kept

    async def _kept(self, work: asyncio.Task[None]) -> bool:
        """Renews until *work* is done (True) or the lease is lost (False)."""
        loop = asyncio.get_running_loop()
        while True:
            end_s = self._sent_s + self._terms.renew_s
            await asyncio.wait({work}, timeout=min(self._terms.retry_s, end_s - loop.time()))
            if work.done():
                return True
            left_s = end_s - loop.time()
            if left_s <= 0:
                why = self.problem or "this process stood still"
                self.problem = f"not renewed for {self._terms.renew_s:g} s: {why}"
                return False
            if not await self._try(left_s) and self.holder != self._identity:
                self.problem = f"it is {self.holder or 'nobody'}'s"
                return False

    async def _try(self, within_s: float) -> bool:
        """Take or renew it, if it is ours, nobody's, or run out; True when that was answered in time."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + within_s
        try:
            async with asyncio.timeout_at(until_s):
                sent_s = await self._written(within_s)
        except TimeoutError:
            self.problem = f"no answer within {within_s:g} s"
            return False
        except Conflict:
            self.problem = "somebody else wrote it at the same time"
            return False
        except KubeError as error:
            self.problem = str(error)
            return False
        if sent_s is None or loop.time() >= sent_s + self._terms.renew_s:
            return False
        self._sent_s, self.problem = sent_s, ""
        return True

    async def _written(self, within_s: float) -> float | None:
        """When the renewal was sent that came through; None when the lease is another's."""
        if self._current and self.holder == self._identity:
            with suppress(Conflict, NotFound):  # then see who holds it
                return await self._renewed(within_s)
        try:
            self._see(await self._client.get(self._path, timeout_s=within_s))
        except NotFound:
            sent_s = asyncio.get_running_loop().time()
            body = {"metadata": {"name": self._name}, "spec": self._mine(_Spec())}
            self._see(await self._client.create(self._collection, body, timeout_s=within_s))
            return sent_s
        lasts_s = self._seen.spec.lease_duration_seconds or self._terms.lease_s
        if self.holder in {"", self._identity} or asyncio.get_running_loop().time() >= self._seen_s + lasts_s:
            return await self._renewed(within_s)
        return None

    async def _renewed(self, within_s: float) -> float:
        sent_s = asyncio.get_running_loop().time()
        body = {
            "metadata": {"resourceVersion": self._seen.metadata.resource_version},
            "spec": self._mine(self._seen.spec),
        }
        self._current = False  # until it is answered
        self._see(await self._client.patch(self._path, body, timeout_s=within_s))
        return sent_s

    def _mine(self, before: _Spec) -> dict[str, object]:
        now = micro_time(self._clock())
        goes_on = before.holder_identity == self._identity
        transitions = before.lease_transitions or 0
        return {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": self._terms.lease_s,
            "acquireTime": (goes_on and before.acquire_time) or now,
            "renewTime": now,
            "leaseTransitions": transitions if goes_on or before == _Spec() else transitions + 1,
        }

    async def _release(self) -> None:
        """Nobody's, so that a successor need not wait; a courtesy, tried once."""
        spec = {"holderIdentity": "", "leaseDurationSeconds": _RELEASED_S, "renewTime": micro_time(self._clock())}
        body = {"metadata": {"resourceVersion": self._seen.metadata.resource_version}, "spec": spec}
        try:
            async with asyncio.timeout(_RELEASE_S):
                self._see(await self._client.patch(self._path, body, timeout_s=_RELEASE_S))
        except (KubeError, TimeoutError) as error:
            logger.warning("lease %s: not given up, it runs out in %d s: %s", self._name, self._terms.lease_s, error)

    def _see(self, content: bytes) -> None:
        try:
            lease = _DECODER.decode(content)
        except msgspec.DecodeError as error:
            raise Garbled(f"{self._path}: not a Lease: {error}") from error
        if lease.spec != self._seen.spec or not self._seen.metadata.resource_version:
            self._seen_s = asyncio.get_running_loop().time()
        self._seen, self._current = lease, True


async def _ended(work: Awaitable[None]) -> None:
    await work


async def _set_after(stop: asyncio.Event, over: asyncio.Event) -> None:
    await stop.wait()
    over.set()
