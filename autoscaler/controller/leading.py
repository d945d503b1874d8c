"""The loop of whoever leads: a pass every so often, with jitter, and at once for what is new.

The interval is fixed, as HPA's is: what failed is tried again one interval later, no sooner for having failed. Jitter
keeps several clusters, and whatever else runs every 15 s, from asking the metrics APIs at the same moments.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from autoscaler.controller.rounds import Rounds
from autoscaler.watching.asked import Name
from autoscaler.watching.autoscalers import Autoscalers

JITTER = 0.05
GATHER_S = 1.0  # a new one and its neighbours of the same `kubectl apply` are one small pass


class Leading:
    """Passes, for as long as one leads. *begin* is called when that begins: what others wrote is to be read anew."""

    def __init__(
        self,
        rounds: Rounds,
        autoscalers: Autoscalers,
        *,
        period_s: float,
        rng: np.random.Generator,
        begin: Callable[[], None],
    ) -> None:
        self._rounds = rounds
        self._period_s = period_s
        self._rng = rng
        self._begin = begin
        self._fresh: set[Name] = set()
        self._stirred = asyncio.Event()
        autoscalers.on_change = self._changed

    async def lead(self, over: asyncio.Event) -> None:
        """Until *over*."""
        loop = asyncio.get_running_loop()
        self._begin()
        self._rounds.lead(now=True)
        async with asyncio.TaskGroup() as says:
            says.create_task(self._end(over))
            while not over.is_set():
                began_s = loop.time()
                self._fresh.clear()
                self._stirred.clear()
                await self._rounds.run(says)
                period_s = self._period_s * float(self._rng.uniform(1 - JITTER, 1 + JITTER))
                await self._between(over, says, until_s=max(began_s + period_s, loop.time() + GATHER_S))

    async def _end(self, over: asyncio.Event) -> None:
        await over.wait()
        self._rounds.lead(now=False)

    async def _between(self, over: asyncio.Event, says: asyncio.TaskGroup, *, until_s: float) -> None:
        """Until the next pass over all: small ones for what is new."""
        loop = asyncio.get_running_loop()
        while not over.is_set() and loop.time() < until_s:
            await _any_of(over, self._stirred, until_s=until_s)
            if over.is_set() or loop.time() + GATHER_S >= until_s:
                await _any_of(over, over, until_s=until_s)
                return
            await _any_of(over, over, until_s=loop.time() + GATHER_S)
            names, self._fresh = self._fresh, set()
            self._stirred.clear()
            if names and not over.is_set():
                await self._rounds.run(says, names)

    def _changed(self, name: Name) -> None:
        self._fresh.add(name)
        self._stirred.set()


async def _any_of(one: asyncio.Event, other: asyncio.Event, *, until_s: float) -> None:
    """Until one of the two is set, or that time."""
    with suppress(TimeoutError):
        async with asyncio.timeout_at(until_s), asyncio.TaskGroup() as tasks:
            waits = [tasks.create_task(each.wait()) for each in dict.fromkeys((one, other))]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
