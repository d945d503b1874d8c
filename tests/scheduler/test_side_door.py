"""Probes and metrics on an address of their own, behind which nothing can be changed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from kube.program.errors import ListenError
from kube.program.settings import Pages
from kube.program.stopping import STOPPING
from scheduler.config import Config
from scheduler.metrics import Metrics
from scheduler.server import make_app
from scheduler.side_door import side_door
from tests.scheduler.fake_desk import FakeDesk

LOOPBACK = Pages(host="127.0.0.1", port=0)


@pytest_asyncio.fixture
async def asking() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


async def test_pages_are_there_and_verbs_are_not(asking: aiohttp.ClientSession) -> None:
    desk = FakeDesk()
    async with side_door(make_app(desk, Config(), Metrics()), LOOPBACK) as address:
        assert address is not None
        url = f"http://127.0.0.1:{address[1]}"
        for path, status in (
            ("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/version", 200),
            ("/explain/default/web-0", 404), ("/scheduler/explain/default/web-0", 404),
        ):  # fmt: skip
            async with asking.get(url + path) as answer:
                assert (path, answer.status) == (path, status)
        for verb in ("filter", "prioritize", "bind", "preempt"):
            async with asking.post(f"{url}/scheduler/{verb}", data=b"{}") as answer:
                assert answer.status == 404
    assert desk.asked == []


async def test_readiness_is_that_of_the_verbs(asking: aiohttp.ClientSession) -> None:
    desk = FakeDesk()
    app = make_app(desk, Config(), Metrics())
    async with side_door(app, LOOPBACK) as address:
        assert address is not None
        url = f"http://127.0.0.1:{address[1]}/readyz"
        desk.why_unready = "nodes are not listed yet"
        async with asking.get(url) as answer:
            assert (answer.status, await answer.text()) == (503, "nodes are not listed yet\n")
        desk.why_unready = ""
        app[STOPPING].set()
        async with asking.get(url) as answer:
            assert (answer.status, await answer.text()) == (503, "stopping\n")


async def test_without_pages_nothing_is_opened() -> None:
    async with side_door(make_app(FakeDesk(), Config(), Metrics()), None) as address:
        assert address is None


async def test_port_that_is_taken_is_one_error() -> None:
    app = make_app(FakeDesk(), Config(), Metrics())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{port} for pages: "):
            async with asyncio.timeout(10), side_door(app, Pages(host="127.0.0.1", port=port)):
                pass
