"""The measuring itself: every so often a few connects to each target, spread so that they do not meet.

The probes of a round start at random times in its first half. One that finds no free connection until the round is over
is left out and counted: late probes would pile up.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import Mapping
from typing import Final

from kube.program.waiting import stopped_within
from scheduler.latency.prober.book import Book, Dialled
from scheduler.latency.prober.config import Config
from scheduler.latency.prober.dial import Dial, Reached
from scheduler.latency.prober.window import Probe, Result, Window

_JITTER: Final = 0.1  # of the round, either way: agents that were started together drift apart
LEFT_OUT: Final = "left out"


class Rounds:
    """Windows by site, filled until it is time to stop."""

    def __init__(self, config: Config, *, book: Book, dial: Dial, rng: random.Random) -> None:
        # random.Random and not numpy's, which would be most of the agent's memory
        self.windows: dict[str, Window] = {}
        self.counts: Counter[tuple[str, str]] = Counter()  # by site and result
        self.targets = 0
        self.finished_s = -math.inf  # the last round, on the loop's clock
        self._config, self._book, self._dial, self._rng = config, book, dial, rng
        self._free = asyncio.Semaphore(config.concurrency)

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong with where the targets come from."""
        return self._book.problems

    async def run(self, stop: asyncio.Event) -> None:
        """Round after round until *stop*; what is being dialled then is awaited, which takes one timeout at most."""
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            length_s = self._config.every_s * self._rng.uniform(1 - _JITTER, 1 + _JITTER)
            ends_s = loop.time() + length_s
            await self._round(stop, ends_s)
            self.finished_s = loop.time()
            if await stopped_within(stop, max(0.0, ends_s - loop.time())):
                return

    async def _round(self, stop: asyncio.Event, ends_s: float) -> None:
        targets = await self._book.refresh()
        self.targets = len(targets)
        sites = {target.site for target in targets}
        self.windows = {site: self.windows.get(site) or Window(self._config.window_s) for site in sorted(sites)}
        self.counts = Counter({key: count for key, count in self.counts.items() if key[0] in sites})
        async with asyncio.TaskGroup() as group:
            for target in targets:
                for _ in range(self._config.probes_per_round):
                    wait_s = self._rng.uniform(0, self._config.every_s / 2)
                    group.create_task(self._probe(target, stop, wait_s=wait_s, ends_s=ends_s))

    async def _probe(self, target: Dialled, stop: asyncio.Event, *, wait_s: float, ends_s: float) -> None:
        loop = asyncio.get_running_loop()
        if await stopped_within(stop, wait_s):
            return
        async with self._free:
            if stop.is_set():
                return
            if loop.time() >= ends_s:
                self.counts[target.site, LEFT_OUT] += 1
                return
            result, rtt_s = await self._reached(target)
        self.counts[target.site, result] += 1
        shown_s = rtt_s if result is Result.OK else self._config.timeout_s if result is Result.LOST else math.nan
        self.windows[target.site].add(Probe(loop.time(), shown_s, result))

    async def _reached(self, target: Dialled) -> Reached:
        try:
            async with asyncio.timeout(self._config.timeout_s):
                return await self._dial(target.address)
        except TimeoutError:
            return Reached(Result.LOST, 0.0)
