"""Connections as kube-scheduler's Go client uses them: one for all calls, kept while idle, ended without loss."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

import aiohttp
import pytest

from kube.program.errors import ListenError
from scheduler.config import Listen
from tests.scheduler import questions
from tests.scheduler.fake_desk import FakeDesk, Server, serving

BODY = questions.by_name(["edge-a-1", "cloud-1"])
GO_IDLE_S = 90  # http.DefaultTransport's IdleConnTimeout


class GoClient:
    """One HTTP/1.1 connection that asks as Go's client does, byte for byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.ended = False  # the last answer said `Connection: close`

    @classmethod
    async def connect(cls, server: Server) -> GoClient:
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    def send(self, path: str = "/scheduler/filter", body: bytes = BODY) -> None:
        self.writer.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:8890\r\nUser-Agent: Go-http-client/1.1\r\n"
            f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n".encode()
            + body
        )

    async def receive(self) -> Any:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert head.startswith("http/1.1 200 ")
        assert "transfer-encoding" not in head
        assert "content-encoding" not in head
        self.ended = "connection: close" in head
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        return json.loads(await self.reader.readexactly(length))

    async def ask(self, path: str = "/scheduler/filter") -> Any:
        self.send(path)
        return await self.receive()


async def test_one_connection_serves_100_calls() -> None:
    async with serving(FakeDesk()) as server, await GoClient.connect(server) as client:
        for number in range(100):
            path = "/scheduler/filter" if number % 2 else "/scheduler/filter/"
            assert (await client.ask(path))["NodeNames"] == ["edge-a-1", "cloud-1"]
            assert not client.ended


async def test_questions_sent_in_one_go_are_answered_in_order() -> None:
    async with serving(FakeDesk()) as server, await GoClient.connect(server) as client:
        client.send("/scheduler/filter")
        client.send("/scheduler/prioritize")
        assert isinstance(await client.receive(), dict)
        assert isinstance(await client.receive(), list)


async def test_bad_bodies_do_not_end_the_connection() -> None:
    async with serving(FakeDesk()) as server, await GoClient.connect(server) as client:
        for bad in (b"", b"{", b"[]", b"\xff", b"null"):
            client.send(body=bad)
            assert (await client.receive())["Error"]
            assert not client.ended


async def test_idle_connection_outlives_the_clients_patience() -> None:
    with pytest.raises(ValueError, match="keepalive_s"):
        Listen(keepalive_s=119)
    async with serving(FakeDesk()) as server, await GoClient.connect(server) as client:
        await client.ask()
        loop = asyncio.get_running_loop()
        timers: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]  # what the loop has yet to do
        closing_s = [timer.when() - loop.time() for timer in timers if "keepalive" in repr(timer)]
        assert min(closing_s) > GO_IDLE_S + 30


async def test_client_that_goes_away_in_the_middle_of_its_body_is_no_error_of_ours() -> None:
    async with serving(FakeDesk()) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /scheduler/filter HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
        writer.transport.abort()
    # it has ended by now, and with it all that was in work
    assert server.count("edgeward_bad_bodies_total", verb="filter") == 1
    assert server.count("edgeward_errors_total", verb="filter") == 0


async def test_stopping_server_is_not_ready_and_ends_connections_with_an_answer() -> None:
    async with (
        serving(FakeDesk(), drain_s=0.5) as server,
        aiohttp.ClientSession() as people,
        await GoClient.connect(server) as client,
    ):
        await client.ask()
        server.stop.set()
        async with people.get(f"{server.root}/readyz") as answer:
            assert (answer.status, await answer.text()) == (503, "stopping\n")
        assert (await client.ask())["NodeNames"] == ["edge-a-1", "cloud-1"]  # on the connection that was idle
        assert client.ended
        async with await GoClient.connect(server) as late:  # the address is still open
            assert (await late.ask())["NodeNames"] == ["edge-a-1", "cloud-1"]
            assert late.ended


async def test_what_is_in_work_is_finished_before_the_end() -> None:
    desk = FakeDesk()
    desk.hangs = True
    async with serving(desk) as server, await GoClient.connect(server) as client:
        client.send()
        await desk.arrived.wait()
        server.stop.set()
        asyncio.get_running_loop().call_later(0.1, desk.went_on.set)
        assert (await client.receive())["NodeNames"] == ["edge-a-1", "cloud-1"]
        assert client.ended
        await server.running


async def test_hanging_work_does_not_keep_the_server_past_the_clients_patience() -> None:
    desk = FakeDesk()
    desk.hangs = True
    async with serving(desk, http_timeout_s=0.25) as server, await GoClient.connect(server) as client:
        client.send()
        await desk.arrived.wait()
        server.stop.set()
        assert (await client.receive())["NodeNames"] == ["edge-a-1", "cloud-1"]
        async with asyncio.timeout(1):
            await server.running


@pytest.mark.parametrize("keeps_connections", [True, False])
async def test_no_request_is_lost_while_the_server_stops(keeps_connections: bool) -> None:
    """Six clients that never pause, some on one connection each, some on a new one each time."""
    answers = 0

    async def hammer(server: Server) -> None:
        nonlocal answers
        while True:
            try:
                client = await GoClient.connect(server)
            except ConnectionRefusedError:  # nobody listens any more, and nothing was sent
                return
            async with client:
                while not client.ended:
                    assert (await client.ask())["NodeNames"] == ["edge-a-1", "cloud-1"]  # not an EOF, not a reset
                    answers += 1
                    if answers == 300:
                        server.stop.set()
                    if not keeps_connections:
                        break

    async with serving(FakeDesk(), drain_s=0.2) as server, asyncio.timeout(20), asyncio.TaskGroup() as clients:
        for _ in range(6):
            clients.create_task(hammer(server))
    assert answers > 300


async def test_address_in_use_is_said_in_one_line() -> None:
    async with serving(FakeDesk()) as server:
        with pytest.raises(ListenError, match=rf"cannot listen on 127\.0\.0\.1:{server.port}: .*in use"):
            async with serving(FakeDesk(), port=server.port):
                pass
