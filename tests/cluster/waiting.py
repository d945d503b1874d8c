"""Bounded waits that say what they waited for, and what they saw last."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from tests.cluster.errors import WaitError

T = TypeVar("T")
_EVERY_S = 0.05


@overload
async def until(
    predicate: Callable[[], Awaitable[T]], *, what: str, timeout_s: float = ..., every_s: float = ...
) -> T: ...
@overload
async def until(predicate: Callable[[], T], *, what: str, timeout_s: float = ..., every_s: float = ...) -> T: ...
async def until(predicate: Callable[[], Any], *, what: str, timeout_s: float = 30.0, every_s: float = _EVERY_S) -> Any:
    """The first true answer of *predicate*, which may be async; the event loop runs meanwhile.

    The pause between two questions is never shorter than a question took: asking must not be what slows the answer.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        asked = time.monotonic()
        answer = predicate()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        now = time.monotonic()
        if now > deadline:
            raise WaitError(f"waited {timeout_s:g} s for {what}; the last answer was {answer!r}")
        await asyncio.sleep(max(every_s, now - asked))


def until_blocking(
    predicate: Callable[[], T], *, what: Callable[[], str] | str, timeout_s: float = 30.0, every_s: float = _EVERY_S
) -> T:
    """The same for code without an event loop; *what* may be asked only when it is needed, to quote a log."""
    deadline = time.monotonic() + timeout_s
    while not (answer := predicate()):
        if time.monotonic() > deadline:
            raise WaitError(f"waited {timeout_s:g} s for {what if isinstance(what, str) else what()}")
        time.sleep(every_s)
    return answer
