from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.latency.prober.greeting import Address, ask_site, greet, greeting, site_in
from scheduler.latency.prober.targets import SITE_PATTERN

Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[Address]:
    async def handle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(writer)
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[:2]


@given(st.from_regex(SITE_PATTERN, fullmatch=True))
def test_a_greeting_names_its_site(site: str) -> None:
    assert site_in(greeting(site)) == site


@given(st.binary(max_size=300))
def test_no_other_line_does(line: bytes) -> None:
    assert site_in(line) == "" or line.startswith(b"edgeward-prober ")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"edgeward-prober \n",
        b"edgeward-prober a b\n",
        b'edgeward-prober a"}\n',
        b"\xff",
    ],
)
def test_what_is_no_greeting_names_no_site(line: bytes) -> None:
    assert site_in(line) == ""


async def test_a_prober_tells_another_its_site() -> None:
    async with server(lambda writer: greet("seoul", writer)) as address:
        assert await ask_site(address, timeout_s=5) == "seoul"


async def test_a_line_without_end_is_no_answer() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 100_000)

    async with server(endless) as address:
        assert await ask_site(address, timeout_s=5) == ""


async def test_one_that_says_nothing_is_given_up_in_time() -> None:
    silent = asyncio.Event()

    async def wait(_: asyncio.StreamWriter) -> None:
        await silent.wait()

    async with server(wait) as address:
        started_s = time.monotonic()
        assert await ask_site(address, timeout_s=0.05) == ""
        assert time.monotonic() - started_s < 3
        silent.set()


async def test_nobody_there_is_no_answer() -> None:
    assert await ask_site(("127.0.0.1", 1), timeout_s=5) == ""
