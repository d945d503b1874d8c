"""The same over real sockets: bodies that are framed, packed or sent in ways that no scheduler does."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings

from tests.scheduler.fake_desk import Server, serving
from tests.scheduler.hostile.bodies import GOOD, Hostile, hostile
from tests.scheduler.hostile.judging import judge
from tests.scheduler.hostile.test_bodies import GOOD_ONE, rss_mib
from tests.scheduler.hostile.world import World, world

MEBIBYTE = 1 << 20
TIMEOUT_S = 30.0  # of a test's own patience
POST = b"POST /scheduler/filter HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(autouse=True)
def _only_failures_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR", logger="scheduler")


@asynccontextmanager
async def listening(*, http_timeout_s: float = 5.0) -> AsyncIterator[tuple[World, Server]]:
    async with world() as extender, serving(
        extender.parts.desk, extender.metrics, http_timeout_s=http_timeout_s
    ) as server:  # fmt: skip
        yield extender, server


async def exchange(server: Server, *sent: bytes, pause_s: float = 0.0) -> bytes:
    """The body of the answer to these bytes; AssertionError for any status but 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            for part in sent:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_s)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            assert head.startswith("http/1.1 200 "), head
            return await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
    finally:
        await _left(writer)


async def _left(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


def with_length(body: bytes, *headers: bytes) -> bytes:
    return POST + b"".join(header + b"\r\n" for header in headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (*parts, b""))


def bomb(mebibytes: int, packed: zlib._Compress) -> bytes:
    """So much of nothing, packed a thousandfold."""
    return b"".join(packed.compress(b" " * MEBIBYTE) for _ in range(mebibytes)) + packed.flush()


@pytest.mark.parametrize("size", [1, 7, 4096], ids="in chunks of {} bytes".format)
async def test_body_in_any_chunks_is_answered(size: int) -> None:
    async with listening() as (_, server):
        assert await exchange(server, chunked(GOOD_ONE, size)) == await exchange(server, with_length(GOOD_ONE))


@pytest.mark.parametrize(
    ("encoding", "wbits"),
    [(b"gzip", 31), (b"deflate", 15), (b"deflate", -15)],
    ids=["gzip", "deflate", "raw deflate"],
)
async def test_bomb_is_refused_in_bounded_memory(encoding: bytes, wbits: int) -> None:
    """A quarter of a gibibyte in 250 kB; 64 MiB are read."""
    packed = bomb(256, zlib.compressobj(9, zlib.DEFLATED, wbits))
    async with listening() as (_, server):
        before = rss_mib()
        told = json.loads(await exchange(server, with_length(packed, b"Content-Encoding: " + encoding)))
        assert "larger than the limit" in told["Error"]
        assert rss_mib() - before < 160
        assert json.loads(await exchange(server, with_length(GOOD_ONE)))["Error"] == ""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(GOOD_ONE, id="not packed at all"),
        pytest.param(gzip.compress(GOOD_ONE)[:-40], id="cut off"),
        pytest.param(gzip.compress(GOOD_ONE)[:20] + b"\x00" * 40, id="garbage inside"),
        pytest.param(gzip.compress(gzip.compress(GOOD_ONE)), id="packed twice"),
        pytest.param(gzip.compress(b""), id="nothing"),
    ],
)
async def test_body_that_is_not_packed_as_it_says_is_a_bad_one(body: bytes) -> None:
    async with listening() as (_, server):
        told = json.loads(await exchange(server, with_length(body, b"Content-Encoding: gzip")))
        assert told["Error"]
        assert json.loads(await exchange(server, with_length(GOOD_ONE)))["Error"] == ""


async def test_those_who_send_a_byte_now_and_then_keep_nobody_waiting() -> None:
    """A hundred heads and a hundred bodies that never end; a body that is late is answered at the deadline."""
    async with listening(http_timeout_s=1.0) as (extender, server):
        open_ones = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(200)]
        for number, (_, writer) in enumerate(open_ones):
            writer.write(POST[: 20 + number % 40] if number % 2 else POST + b"Content-Length: 5000\r\n\r\n{")
        for _ in range(20):
            for reader, writer in open_ones:
                if not reader.at_eof():
                    writer.write(b" ")
            async with asyncio.timeout(1.0):
                assert json.loads(await exchange(server, with_length(GOOD_ONE)))["Error"] == ""
        async with asyncio.timeout(TIMEOUT_S):
            told = await open_ones[0][0].readuntil(b"within 0.8 s")
        assert told.startswith(b"HTTP/1.1 200 OK")
        for _, writer in open_ones:
            await _left(writer)
        assert extender.count("errors") == 0


@contextmanager
def connected() -> Iterator[tuple[asyncio.Runner, World, Server, aiohttp.ClientSession]]:
    """One loop, extender, server and client for many examples."""
    with asyncio.Runner() as runner:
        context, session = listening(), runner.run(_session())
        extender, server = runner.run(context.__aenter__())
        try:
            yield runner, extender, server, session
        finally:
            runner.run(session.close())
            runner.run(context.__aexit__(None, None, None))


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))


async def _posted(session: aiohttp.ClientSession, server: Server, verb: str, body: bytes) -> bytes:
    async with session.post(f"{server.address}/{verb}", data=body) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/json"
        return await answer.read()


@pytest.mark.parametrize(
    "bodies", [pytest.param(300, id="a few"), pytest.param(10_000, id="ten thousand", marks=pytest.mark.slow)]
)
def test_hostile_bodies_over_one_connection_are_answered(bodies: int) -> None:
    with connected() as (runner, extender, server, session):

        @settings(max_examples=bodies, database=None, suppress_health_check=list(HealthCheck))
        @given(hostile())
        def send(one: Hostile) -> None:
            judge(one.verb, one.body, runner.run(_posted(session, server, one.verb, one.body)))
            assert extender.count("errors") == 0

        send()
        assert json.loads(runner.run(_posted(session, server, "filter", GOOD_ONE)))["Error"] == ""


@pytest.mark.parametrize("verb", GOOD)
async def test_body_cut_off_with_its_connection_leaves_the_server_well(verb: str) -> None:
    async with listening() as (extender, server):
        body = GOOD[verb][0].text
        for at in range(0, len(body), 50):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(with_length(body).replace(b"/filter", f"/{verb}".encode())[: -len(body) + at])
            await _left(writer)
        assert json.loads(await exchange(server, with_length(GOOD_ONE)))["Error"] == ""
        assert extender.count("errors") == 0
