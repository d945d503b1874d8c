"""Bytes that are hardly HTTP: no 5xx, no hang, and the next client is served."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.scheduler import questions
from tests.scheduler.fake_desk import FakeDesk, Server, serving

BODY = questions.by_name(["edge-a-1"])
POST = b"POST /scheduler/filter HTTP/1.1\r\nHost: x\r\n"


async def status(server: Server, sent: bytes) -> int:
    """Of the answer to these bytes; 0 when the server ends the connection without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    async with asyncio.timeout(5):
        line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return int(line.split()[1]) if line else 0


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS, to a port without it
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /scheduler/filter HTTP/9.9\r\n\r\n",
        b"POST /scheduler/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST " + b"/" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        POST + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
        POST + b"".join(b"X-%d: y\r\n" % number for number in range(2_000)) + b"\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: nine\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   ",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
        POST + b"Content-Length: 100\r\n\r\n{",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        POST + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
        POST + b"Content-Encoding: deflate\r\nContent-Length: 2\r\n\r\n{}",
        POST + b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
        POST + b"Content-Encoding: unheard-of\r\nContent-Length: 2\r\n\r\n{}",
        POST + b"Content-Type: multipart/form-data; boundary=\r\nContent-Length: 2\r\n\r\n{}",
        POST + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}",
        POST + b"Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\n{}",
        b"GET /explain/%ff/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /explain/../../etc HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[-60:]) if sent.startswith(POST) else repr(sent[:40]),
)
async def test_what_is_hardly_http_gets_no_5xx(sent: bytes) -> None:
    async with serving(FakeDesk(), http_timeout_s=0.5) as server:
        assert await status(server, sent) < 500
        assert await status(server, POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY) == 200


async def test_chunked_body_is_read() -> None:
    """No kube-scheduler sends one, but a proxy in between may."""
    half = len(BODY) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:half], BODY[half:], b""))
    async with serving(FakeDesk()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        told = await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        assert json.loads(told)["NodeNames"] == ["edge-a-1"]
        writer.close()
        await writer.wait_closed()
