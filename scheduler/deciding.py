"""The one thread that decides.

Engines keep what they computed and are not for several threads, and a user's policy may take its time. So all deciding
is done in one thread of its own, on snapshots that do not change, while the event loop goes on reading watches and
answering health checks, and can give up waiting. Whoever waits bounds the wait (`asyncio.timeout`); what was given up
still runs to its end, since a thread cannot be stopped, and until then nobody queues up behind it in vain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Decider:
    """Runs one piece of work after the other in its thread. To be used from one event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decider")
        self._given_up: set[Future[Any]] = set()

    @property
    def is_stuck(self) -> bool:
        """Is it still busy with something that nobody waits for any more?"""
        return bool(self._given_up)

    async def ask(self, work: Callable[[], T]) -> T:
        """What *work* returns. TimeoutError at once while the thread is stuck."""
        if self._given_up:
            raise TimeoutError("the deciding thread is still busy with a decision that took too long")
        running = self._thread.submit(work)
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            if not running.cancelled():
                self._given_up.add(running)
                running.add_done_callback(self._given_up.discard)
            raise

    def close(self) -> None:
        """No more work; does not wait for what is stuck."""
        self._thread.shutdown(wait=False, cancel_futures=True)
