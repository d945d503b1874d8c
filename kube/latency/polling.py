"""Asking again and again: what fails is asked more slowly, logged once, and counted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from kube.latency.errors import SourceError
from kube.program.waiting import stopped_within

LONGEST_PAUSE_S = 300.0  # as long as a measurement is fresh: slower would miss a whole one
logger = logging.getLogger(__name__)


class Polling:
    """One question asked every so often. `failures` counts, `problem` is "" while all is well."""

    def __init__(self, name: str, *, every_s: float) -> None:
        self.name, self.failures, self.problem = name, 0, ""
        self._every_s = every_s
        self._failed_in_a_row = 0

    async def run(self, stop: asyncio.Event, once: Callable[[], Awaitable[None]]) -> None:
        """Ask until *stop*; only a SourceError is expected of *once*."""
        while not stop.is_set():
            try:
                await once()
            except SourceError as error:
                self._failed(str(error))
            else:
                self._answered()
            if await stopped_within(stop, self.pause_s):
                return

    @property
    def pause_s(self) -> float:
        """How long until the next question: doubled with each failure."""
        doubled = self._every_s * float(1 << min(self._failed_in_a_row, 16))
        return max(self._every_s, min(doubled, LONGEST_PAUSE_S))

    def _failed(self, problem: str) -> None:
        self.failures += 1
        self._failed_in_a_row += 1
        if not self.problem:
            logger.warning("%s: %s; what it told last is kept", self.name, problem)
        self.problem = problem

    def _answered(self) -> None:
        if self.problem:
            logger.info("%s: answers again", self.name)
        self.problem, self._failed_in_a_row = "", 0
