from __future__ import annotations

import asyncio

import pytest

from scheduler.latency.prober.greeting import Address
from scheduler.latency.prober.resolving import KEPT_S, Resolved, resolve


class Dns:
    def __init__(self) -> None:
        self.answer: list[Address] | Exception = [("10.0.0.1", 80)]
        self.asked = 0

    async def __call__(self, host: str, port: int, /) -> list[Address]:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_an_answer_is_kept_for_a_while() -> None:
    dns, clock = Dns(), Clock()
    names = Resolved(dns, now=clock)
    assert await names.addresses("a", 80) == [("10.0.0.1", 80)]
    clock.now_s = KEPT_S - 1
    await names.addresses("a", 80)
    assert dns.asked == 1
    clock.now_s = KEPT_S
    await names.addresses("a", 80)
    assert dns.asked == 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError("no such name"), "a: no such name"),
        (TimeoutError(), "a: no answer in time"),
        (UnicodeError("label too long"), "a: is no name that DNS knows"),
    ],
)
async def test_while_there_is_no_answer_the_last_one_holds(error: Exception, said: str) -> None:
    dns, clock = Dns(), Clock()
    names = Resolved(dns, now=clock)
    await names.addresses("a", 80)
    dns.answer, clock.now_s = error, KEPT_S
    assert await names.addresses("a", 80) == [("10.0.0.1", 80)]
    assert names.problems == {"a": said}
    dns.answer, clock.now_s = [], 2 * KEPT_S
    assert await names.addresses("a", 80) == []
    assert names.problems == {}


async def test_names_that_nobody_asks_for_are_forgotten() -> None:
    dns = Dns()
    dns.answer = OSError("no such name")
    names = Resolved(dns, now=Clock())
    await names.addresses("a", 80)
    names.keep_only({"b"})
    assert names.problems == {}


async def test_an_address_is_its_own_answer_and_one_that_is_twice_comes_once() -> None:
    async with asyncio.timeout(10):
        assert await resolve("127.0.0.1", 80) == [("127.0.0.1", 80)]
        assert ("127.0.0.1", 80) in await resolve("localhost", 80)
