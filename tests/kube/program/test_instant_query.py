from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kube.program.errors import QueryError
from kube.program.instant_query import Prometheus, PrometheusSettings
from tests.fake_prometheus import FakePrometheus, series

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def prometheus(app: web.Application, *, token_file: Path | None = None) -> AsyncIterator[Prometheus]:
    """A client of ours to a server on loopback."""
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("/prefix/"))
        yield Prometheus(PrometheusSettings(url=url, timeout_s=5, token_file=token_file), session)


def app(handler: Handler) -> web.Application:
    application = web.Application()
    application.router.add_post("/prefix/api/v1/query", handler)
    return application


async def test_the_series_come_with_labels_value_and_time() -> None:
    fake = FakePrometheus()
    fake.answers["up"] = [series(1.5, at_s=7.25, site="seoul"), series("NaN", site="busan")]
    async with prometheus(fake.app()) as client:
        first, second = await client.ask("up")
    assert (first.metric, first.number, first.value[0]) == ({"site": "seoul"}, 1.5, 7.25)
    assert second.number != second.number
    assert fake.asked == ["up"]


async def test_what_prometheus_complains_of_is_told_with_the_query() -> None:
    fake = FakePrometheus()
    fake.broken = "parse error: unexpected end"
    async with prometheus(fake.app()) as client:
        with pytest.raises(QueryError, match=r"status 400: parse error: unexpected end \(sum\(\)"):
            await client.ask("sum(")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html>login</html>", "no answer of Prometheus: .*login"),
        ('{"status": "success"}', "no reason"),
        ('{"status": "success", "data": {"resultType": "matrix", "result": []}}', "an instant vector, got a matrix"),
        ('{"status": "success", "data": {"resultType": "vector", "result": [7]}}', "no answer of Prometheus"),
        ("", "no answer of Prometheus"),
    ],
    ids=["a login page", "no data", "a matrix", "a series that is none", "nothing"],
)
async def test_an_answer_that_is_none_is_told(body: str, said: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=body)

    async with prometheus(app(handler)) as client:
        with pytest.raises(QueryError, match=said):
            await client.ask("up")


async def test_an_endless_answer_is_cut_off() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=" " * 200_000)

    async with TestServer(app(handler)) as server, aiohttp.ClientSession() as session:
        settings = PrometheusSettings(url=str(server.make_url("/prefix")))
        with pytest.raises(QueryError, match="at most 100000 bytes, got more"):
            await Prometheus(settings, session, largest_bytes=100_000).ask("up")


async def test_a_server_that_hangs_is_given_up_in_time() -> None:
    async def handler(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with TestServer(app(handler)) as server, aiohttp.ClientSession() as session:
        settings = PrometheusSettings(url=str(server.make_url("/prefix")), timeout_s=0.05)
        with pytest.raises(QueryError, match=r"no answer within 0\.05 s"):
            await Prometheus(settings, session).ask("up")


async def test_nobody_there_is_told_with_the_address() -> None:
    async with aiohttp.ClientSession() as session:
        client = Prometheus(PrometheusSettings(url="http://127.0.0.1:1"), session)
        with pytest.raises(QueryError, match=r"http://127\.0\.0\.1:1/api/v1/query: .*"):
            await client.ask("up")


async def test_the_token_is_read_anew_for_each_question(tmp_path: Path) -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": []}})

    token = tmp_path / "token"
    async with prometheus(app(handler), token_file=token) as client:
        for text in ("one\n", "two\n"):
            token.write_text(text)
            assert await client.ask("up") == []
    assert seen == ["Bearer one", "Bearer two"]
