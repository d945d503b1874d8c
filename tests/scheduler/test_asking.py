"""Asking a running extender: the answer, or one line that says what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner

from edgeward import command_line
from scheduler.asking import NotAnswered, explanation

EXPLAINED: Mapping[str, Any] = {
    "namespace": "shop",
    "name": "web-0",
    "node": None,
    "devices": [],
    "asks": {},
    "problem": None,
    "last_answer": None,
    "profile": "edge-default",
    "chosen": None,
    "nodes": [],
}


class Answers:
    """A server that answers every path with what a test gives it."""

    def __init__(self) -> None:
        self.status, self.body = 200, msgspec.json.encode(EXPLAINED)
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.rel_url.raw_path)
        return web.Response(status=self.status, body=self.body)


@pytest.fixture
async def answers() -> AsyncIterator[tuple[Answers, str]]:
    answers = Answers()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answers.answer)
    async with TestServer(app) as server:
        yield answers, str(server.make_url("/scheduler/"))


async def test_answer_comes_as_bytes_and_as_values(answers: tuple[Answers, str]) -> None:
    there, url = answers
    body, told = await explanation(url, "shop", "web-0")
    assert body == there.body
    assert (told.namespace, told.name, told.profile) == ("shop", "web-0", "edge-default")
    assert there.asked == ["/scheduler/explain/shop/web-0"]


async def test_names_cannot_lead_to_another_path(answers: tuple[Answers, str]) -> None:
    there, url = answers
    await explanation(url, "shop", "a/../../healthz?x#y")
    assert there.asked == ["/scheduler/explain/shop/a%2F..%2F..%2Fhealthz%3Fx%23y"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        pytest.param(404, b'{"Error":"pod shop/web-0 is not known"}', "404 Not Found", id="no such pod"),
        pytest.param(
            404, b'{"Error":"pod shop/web-0 is not known"}', "is not known", id="with the words of the server"
        ),
        pytest.param(500, b"\xff" * 5000, "500 Internal Server Error", id="bytes that are no text"),
        pytest.param(200, b'{"Error":"no explanation within 4 s; try again"}', "within 4 s; try again", id="too late"),
        pytest.param(502, b"<html>\n<p>Bad\n gateway", "<html> <p>Bad gateway", id="the page of a proxy"),
        pytest.param(200, b"<html>hello", "not an explanation", id="somebody else's page"),
        pytest.param(200, b"[]", "not an explanation", id="JSON that is none"),
        pytest.param(200, b'{"Error":"\xff"}', "not an explanation", id="JSON that is no text"),
        pytest.param(200, b"{}", "not an explanation", id="fields are missing"),
    ],
)
async def test_what_is_no_explanation_is_one_line(
    answers: tuple[Answers, str], status: int, body: bytes, said: str
) -> None:
    there, url = answers
    there.status, there.body = status, body
    with pytest.raises(NotAnswered) as caught:
        await explanation(url, "shop", "web-0")
    text = str(caught.value)
    assert said in text
    assert text.startswith(url.rstrip("/"))
    assert "\n" not in text
    assert len(text) < 1000
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("server", ["http://127.0.0.1:1/scheduler", "nowhere", "http://", "ftp://127.0.0.1/x"])
async def test_server_that_is_not_there_is_one_line(server: str) -> None:
    with pytest.raises(NotAnswered, match="cannot be reached: ") as caught:
        await explanation(server, "shop", "web-0")
    assert str(caught.value).startswith(server.rstrip("/"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pod", ["shop/", "/web-0", "a/b/c", ""])
def test_name_that_is_none_is_refused_before_anybody_is_asked(pod: str) -> None:
    result = CliRunner().invoke(command_line(), ["explain", pod], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert f"must be NAMESPACE/POD, got {pod!r}" in result.stderr


def test_extender_that_is_not_there_is_one_line_and_exit_1() -> None:
    result = CliRunner().invoke(command_line(), ["explain", "shop/web-0", "--server", "http://127.0.0.1:1/scheduler"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "edgeward: http://127.0.0.1:1/scheduler: cannot be reached: connection refused\n"


async def test_command_prints_what_the_server_says(answers: tuple[Answers, str]) -> None:
    _, url = answers
    said, json = [
        await asyncio.to_thread(CliRunner().invoke, command_line(), ["explain", *words, "--server", url])
        for words in (["web-0"], ["shop/web-0", "--json"])
    ]
    assert (said.exit_code, json.exit_code) == (0, 0)
    assert "shop/web-0 waits" in said.stdout
    assert msgspec.json.decode(json.stdout) == EXPLAINED
    assert answers[0].asked == ["/scheduler/explain/default/web-0", "/scheduler/explain/shop/web-0"]
