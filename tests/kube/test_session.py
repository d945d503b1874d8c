"""Session against a real HTTP server: what is sent, what comes back, and that nothing waits for ever."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from kube.errors import ApiError, ConfigError, Conflict, Forbidden, Gone, Silent, Unreachable
from kube.session import Session, connect

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Open = Callable[..., Awaitable[Session]]


class Server:
    """Answers what the test set; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []  # method, path and query, content type, body
        self.headers: dict[str, str] = {}
        self.answer: Answer = self.nothing
        self.url = ""

    async def nothing(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({})

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode()
        self.asked.append((request.method, request.path_qs, request.headers.get("Content-Type", ""), body))
        self.headers = dict(request.headers)
        return await self.answer(request)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.take)
    async with TestServer(app) as http:
        server.url = str(http.make_url("/")).rstrip("/")
        yield server


@pytest.fixture
async def session(server: Server, tmp_path: Path) -> AsyncIterator[Session]:
    session = await connect(kubeconfig=kubeconfig(tmp_path, server.url, token="secret"))
    yield session
    await session.close()


def kubeconfig(folder: Path, server: str, *, cluster: dict[str, Any] | None = None, **user: str) -> Path:
    content = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def says(status: int, content: object) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(content, status=status)

    return answer


def streams(*pieces: bytes, then: Callable[[web.StreamResponse], Awaitable[None]] | None = None) -> Answer:
    """Sends *pieces*, then ends well, or does what *then* does."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        if then:
            await then(response)
        return response

    return answer


async def hangs(_response: object) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def test_calls_are_sent_as_kubernetes_wants_them(server: Server, session: Session) -> None:
    await session.get("/api/v1/pods", {"limit": "500", "labelSelector": "a=b,c"})
    await session.create("/api/v1/namespaces/web/pods", {"metadata": {"name": "ü"}})
    await session.patch("/api/v1/nodes/n", {"a": 1})
    await session.patch("/api/v1/nodes/n", [{"op": "test", "path": "/a", "value": 1}], kind="json")
    await session.patch("/api/v1/nodes/n", {"a": 1}, kind="strategic")
    await session.delete("/api/v1/nodes/n")
    json_type = "application/json"
    assert server.asked == [
        ("GET", "/api/v1/pods?limit=500&labelSelector=a%3Db,c", json_type, ""),
        ("POST", "/api/v1/namespaces/web/pods", json_type, json.dumps({"metadata": {"name": "ü"}})),
        ("PATCH", "/api/v1/nodes/n", "application/merge-patch+json", '{"a": 1}'),
        ("PATCH", "/api/v1/nodes/n", "application/json-patch+json", '[{"op": "test", "path": "/a", "value": 1}]'),
        ("PATCH", "/api/v1/nodes/n", "application/strategic-merge-patch+json", '{"a": 1}'),
        ("DELETE", "/api/v1/nodes/n", json_type, ""),
    ]
    assert server.headers["Authorization"] == "Bearer secret"


async def test_answer_is_the_body_byte_for_byte_also_when_it_was_compressed(server: Server, session: Session) -> None:
    content = b'{"items": [ ]}' * 10_000

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(content), headers={"Content-Encoding": "gzip"})

    server.answer = answer
    assert await session.get("/api/v1/pods") == content


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (403, {"reason": "Forbidden", "message": "no\nrights"}, Forbidden, "403 Forbidden: no rights"),
        (409, {"reason": "AlreadyExists", "message": "exists"}, Conflict, "409 AlreadyExists: exists"),
        (410, {"reason": "Expired", "message": "too old"}, Gone, "410 Expired: too old"),
        (502, "a page of a proxy", ApiError, '502 Bad Gateway: "a page of a proxy"'),
        (500, {}, ApiError, "500 Internal Server Error: Internal Server Error"),
        (500, {"reason": 5}, ApiError, '500 Internal Server Error: {"reason": 5}'),
    ],
)
async def test_refusal_is_ours_and_names_what_was_asked(
    server: Server, session: Session, status: int, body: object, kind: type[ApiError], text: str
) -> None:
    server.answer = says(status, body)
    with pytest.raises(ApiError) as caught:
        await session.get("/api/v1/pods")
    assert type(caught.value) is kind
    assert str(caught.value) == f"GET {server.url}/api/v1/pods: {text}"
    with pytest.raises(kind):
        async with session.watch("/api/v1/pods", {}, idle_s=5):
            raise AssertionError


async def test_server_that_never_answers_is_left_in_time(server: Server, session: Session) -> None:
    server.answer = hangs
    with pytest.raises(Unreachable, match=f"^cannot reach {server.url}: no answer within 0.05 s$"):
        await session.get("/api/v1/pods", timeout_s=0.05)


async def test_answer_that_stops_half_way_is_left_in_time(server: Server, session: Session) -> None:
    server.answer = streams(b"{", then=hangs)  # type: ignore[arg-type]  # it never returns
    with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
        await session.get("/api/v1/pods", timeout_s=0.2)


async def test_watch_tells_lines_of_any_length_and_ends_as_the_server_does(server: Server, session: Session) -> None:
    big = json.dumps({"object": "x" * 2_500_000}).encode()
    server.answer = streams(b'{"type":"AD', b'DED"}\n\n', big + b'\n{"type"', b":1}\n")
    async with session.watch("/api/v1/pods", {"resourceVersion": "5"}, idle_s=5) as lines:
        assert [line async for line in lines] == [b'{"type":"ADDED"}', big, b'{"type":1}']
    assert server.asked[0][1] == "/api/v1/pods?resourceVersion=5&watch=true"


async def test_watch_that_went_silent_is_found_out(server: Server, session: Session) -> None:
    server.answer = streams(b"1\n", then=hangs)  # type: ignore[arg-type]  # it never returns
    async with session.watch("/api/v1/pods", {}, idle_s=0.2) as lines:
        assert await anext(lines) == b"1"
        with pytest.raises(Silent, match=r"nothing came for 0\.2 s"):
            await anext(lines)


async def test_watch_that_is_cut_within_a_line_does_not_tell_it(server: Server, session: Session) -> None:
    async def cut(response: web.StreamResponse) -> None:
        assert response._req is not None
        transport = response._req.transport
        assert transport is not None
        transport.close()

    server.answer = streams(b"1\n", b"half", then=cut)
    async with session.watch("/api/v1/pods", {}, idle_s=5) as lines:
        assert await anext(lines) == b"1"
        with pytest.raises(Unreachable, match=r"cut within the answer|reset|within a line"):
            await anext(lines)


async def test_watch_left_early_leaves_no_connection(server: Server, session: Session) -> None:
    ended = asyncio.Event()

    async def until_closed(response: web.StreamResponse) -> None:
        try:
            while True:
                await response.write(b"1\n" * 1000)
                await asyncio.sleep(0)
        finally:
            ended.set()

    server.answer = streams(then=until_closed)
    async with session.watch("/api/v1/pods", {}, idle_s=5) as lines:
        await anext(lines)
    async with asyncio.timeout(5):
        await ended.wait()


async def test_refused_connection_names_server_and_cause(tmp_path: Path, unused_tcp_port: int) -> None:
    url = f"https://127.0.0.1:{unused_tcp_port}"
    session = await connect(kubeconfig=kubeconfig(tmp_path, url))
    for call in (session.get("/api"), session.create("/api", {}), session.patch("/api", {}), session.delete("/api")):
        with pytest.raises(Unreachable) as caught:
            await call
        assert str(caught.value) == f"cannot reach {url}: connection refused"
        assert caught.value.__cause__ is not None
    await session.close()


async def test_closed_session_says_so(server: Server, session: Session) -> None:
    server.answer = streams(b"1\n", then=hangs)  # type: ignore[arg-type]  # it never returns
    async with session.watch("/api/v1/pods", {}, idle_s=5) as lines:
        await anext(lines)
        await session.close()
        with pytest.raises(Unreachable):
            await anext(lines)
    with pytest.raises(Unreachable, match="this session is closed"):
        await session.get("/api")


@pytest.fixture
async def https() -> AsyncIterator[tuple[str, trustme.CA]]:
    ca = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    app = web.Application()
    app.router.add_get("/api", says(200, {}))
    http = TestServer(app, scheme="https")
    await http.start_server(ssl=context)
    yield str(http.make_url("/")).rstrip("/"), ca
    await http.close()


async def test_server_is_trusted_by_its_ca_only(tmp_path: Path, https: tuple[str, trustme.CA]) -> None:
    url, ca = https
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    session = await connect(kubeconfig=kubeconfig(tmp_path, url, cluster={"certificate-authority": "ca.pem"}))
    assert await session.get("/api") == b"{}"
    await session.close()
    session = await connect(kubeconfig=kubeconfig(tmp_path, url))
    with pytest.raises(Unreachable, match=f"^cannot reach {url}: its certificate is not trusted: "):
        await session.get("/api")
    await session.close()


async def test_https_asked_of_a_server_that_speaks_http_says_so(server: Server, tmp_path: Path) -> None:
    url = server.url.replace("http:", "https:")
    session = await connect(kubeconfig=kubeconfig(tmp_path, url))
    with pytest.raises(Unreachable, match=f"^cannot reach {url}: TLS failed: "):
        await session.get("/api")
    await session.close()


async def test_certificate_that_is_none_is_a_wrong_configuration(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    path = kubeconfig(tmp_path, "https://127.0.0.1:1", cluster={"certificate-authority": "ca.pem"})
    with pytest.raises(ConfigError, match=r"certificates for https://127\.0\.0\.1:1: "):
        await connect(kubeconfig=path)


async def test_lost_credentials_do_not_end_the_program(server: Server, tmp_path: Path) -> None:
    """A token file that is away for a moment, as while a volume is written anew, is tried again by whoever retries."""
    (tmp_path / "token").write_text("one\n")
    session = await connect(kubeconfig=kubeconfig(tmp_path, server.url, tokenFile="token"))
    await session.get("/api")
    assert server.headers["Authorization"] == "Bearer one"
    hook: Any = session._configuration.refresh_api_key_hook
    hook._due_s = 0
    (tmp_path / "token").unlink()
    with pytest.raises(Unreachable, match="no credentials: no such file or directory"):
        await session.get("/api")
    (tmp_path / "token").write_text("two\n")
    await session.get("/api")
    assert server.headers["Authorization"] == "Bearer two"
    await session.close()
