"""The deciding thread: what is given up does not hold up others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from scheduler.deciding import Decider, Engines
from tests.builders import make_profile
from tests.conftest import ROOT


@pytest.fixture
def decider() -> Iterator[Decider]:
    made = Decider()
    yield made
    made.close()


async def test_work_is_done_in_one_thread_that_is_not_the_loops(decider: Decider) -> None:
    threads = {await decider.ask(threading.get_ident) for _ in range(5)}
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


async def test_short_work_is_done_at_once_unless_the_thread_is_busy(decider: Decider) -> None:
    begun, end = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        end.wait(30)

    here = threading.get_ident()
    assert await decider.ask(threading.get_ident, is_short=True) == here
    asked = asyncio.ensure_future(decider.ask(slow))
    await asyncio.to_thread(begun.wait, 30)
    following = asyncio.ensure_future(decider.ask(threading.get_ident, is_short=True))
    await asyncio.sleep(0)  # it is asked
    end.set()
    await asked
    assert await following != here


async def test_what_work_raises_is_raised(decider: Decider) -> None:
    with pytest.raises(ZeroDivisionError):
        await decider.ask(lambda: 1 / 0)


async def test_who_comes_next_waits_for_what_was_given_up_and_is_answered(decider: Decider) -> None:
    begun, end = threading.Event(), threading.Event()

    def hangs() -> None:
        begun.set()
        end.wait(30)

    asked = asyncio.ensure_future(decider.ask(hangs))
    await asyncio.to_thread(begun.wait, 30)
    assert decider.stuck_s == 0  # somebody waits for it
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert decider.stuck_s > 0
    following = asyncio.ensure_future(decider.ask(lambda: 3))
    await asyncio.sleep(0)  # it is asked
    assert not following.done()
    end.set()
    assert await following == 3
    assert decider.stuck_s == 0


def test_thread_that_hangs_does_not_keep_the_process_from_ending() -> None:
    hung = """
import asyncio, threading
from scheduler.deciding import Decider, Engines
from tests.builders import make_profile
from tests.conftest import ROOT
async def main():
    decider = Decider()
    try:
        async with asyncio.timeout(0.01):
            await decider.ask(threading.Event().wait)
    except TimeoutError:
        decider.close()
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", hung], cwd=ROOT, timeout=30, check=True)


def test_profile_that_changed_gets_another_engine() -> None:
    engines = Engines()
    profile = make_profile("hint")
    assert engines.of(profile) is engines.of(profile)
    assert engines.of(make_profile("hint")) is not engines.of(profile)


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
