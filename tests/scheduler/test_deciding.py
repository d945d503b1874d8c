"""The deciding thread: what is given up does not hold up others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from scheduler.deciding import Decider


@pytest.fixture
def decider() -> Iterator[Decider]:
    made = Decider()
    yield made
    made.close()


async def test_work_is_done_in_one_thread_that_is_not_the_loops(decider: Decider) -> None:
    threads = {await decider.ask(threading.get_ident) for _ in range(5)}
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


async def test_what_work_raises_is_raised(decider: Decider) -> None:
    with pytest.raises(ZeroDivisionError):
        await decider.ask(lambda: 1 / 0)


async def test_while_stuck_nobody_waits_in_vain_and_afterwards_it_goes_on(decider: Decider) -> None:
    begun, end = threading.Event(), threading.Event()

    def hangs() -> None:
        begun.set()
        end.wait(30)

    asked = asyncio.ensure_future(decider.ask(hangs))
    await asyncio.to_thread(begun.wait, 30)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert decider.is_stuck
    with pytest.raises(TimeoutError, match="still busy"):
        await decider.ask(lambda: 1)
    end.set()
    async with asyncio.timeout(30):
        while decider.is_stuck:
            await asyncio.to_thread(end.wait, 0.001)
    assert await decider.ask(lambda: 2) == 2


async def test_work_that_was_given_up_before_it_began_is_never_done(decider: Decider) -> None:
    begun, end, done = threading.Event(), threading.Event(), []

    def hangs() -> None:
        begun.set()
        end.wait(30)

    first = asyncio.ensure_future(decider.ask(hangs))
    await asyncio.to_thread(begun.wait, 30)
    second = asyncio.ensure_future(decider.ask(lambda: done.append(1)))
    await asyncio.sleep(0)  # it is asked
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    end.set()
    await first
    await decider.ask(lambda: None)
    assert done == []
