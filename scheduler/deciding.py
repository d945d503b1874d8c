"""A thread that decides.

Engines keep what they computed and are not for several threads, and a user's policy may take its time. So deciding is
done in a thread of its own, on snapshots that do not change, while the event loop goes on reading watches and answering
health checks, and can give up waiting. Whoever asks bounds the wait (`asyncio.timeout`). What was given up still runs
to its end, since a thread cannot be stopped; who comes next waits for it as long as its own deadline allows, because
a decision that comes late is better than an answer without one.

A thread that hangs for good shows in `stuck_s`. It is a daemon, so that it does not keep the process from ending.

Two changes of threads take longer than most decisions, and far longer while other programs want the cores. So work that
is known to be short, which nothing of a user's is, is done where it is asked for when the thread is idle.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from policies.engine.decide import Engine
from policies.engine.profile import Profile

T = TypeVar("T")

Job = tuple["Future[Any]", Callable[[], Any]]


class Decider:
    """Runs one piece of work after the other in its thread. To be used from one event loop."""

    def __init__(self, name: str = "decider") -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._under_way: set[Future[Any]] = set()
        self._given_up: dict[Future[Any], float] = {}  # those that run, and since when nobody waits for them
        threading.Thread(target=self._serve, name=name, daemon=True).start()

    @property
    def stuck_s(self) -> float:
        """For how long it has been busy with something that nobody waits for any more."""
        given_up = tuple(self._given_up.values())  # the thread strikes out what has ended
        return time.monotonic() - min(given_up) if given_up else 0.0

    async def ask(self, work: Callable[[], T], *, is_short: bool = False) -> T:
        """What *work* returns. Work that is given up before it began is never done."""
        if is_short and not self._under_way:
            return work()
        job: Future[T] = Future()
        self._under_way.add(job)
        job.add_done_callback(self._under_way.discard)
        self._jobs.put((job, work))
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            if not job.cancelled():
                self._given_up[job] = time.monotonic()
                job.add_done_callback(lambda done: self._given_up.pop(done, None))
            raise

    def close(self) -> None:
        """No more work after what was asked for; does not wait."""
        self._jobs.put(None)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, work = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is raised again where it was asked for
                future.set_exception(error)
            del job, future, work  # what it was asked with is not kept until the next one comes


class Engines:
    """The engines of one thread, one for each profile; those of profiles that changed are made anew."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}

    def of(self, profile: Profile) -> Engine:
        """The engine of that very profile."""
        known = self._engines.get(profile.name)
        if known is None or known.profile is not profile:
            known = self._engines[profile.name] = Engine(profile)
        return known
