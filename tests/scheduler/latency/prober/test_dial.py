from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from itertools import count

import pytest

from scheduler.latency.prober.dial import dial
from scheduler.latency.prober.window import Result


@pytest.fixture
def listener() -> Iterator[tuple[str, int]]:
    """An address where connections are accepted by the kernel, and by nobody else."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[:2]


async def test_a_connect_takes_as_long_as_the_kernel_says(listener: tuple[str, int]) -> None:
    ticks = count()
    # by that clock a second passes between two looks at it: a loop that is busy with other things
    async with asyncio.timeout(10):
        reached = await dial(listener, clock=lambda: float(next(ticks)))
    assert reached.result is Result.OK
    assert 0 < reached.rtt_s < 0.5


async def test_a_kernel_that_claims_more_than_was_seen_is_not_believed(listener: tuple[str, int]) -> None:
    async with asyncio.timeout(10):
        reached = await dial(listener, clock=lambda: 1.0)
    assert (reached.result, reached.rtt_s) == (Result.OK, 0.0)


async def test_nobody_listening_is_refused(listener: tuple[str, int]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = unused.getsockname()[:2]
        async with asyncio.timeout(10):
            assert (await dial(address)).result is Result.REFUSED


async def test_an_address_that_cannot_be_is_an_error() -> None:
    async with asyncio.timeout(10):
        assert (await dial(("255.255.255.255", 9))).result is Result.ERROR
