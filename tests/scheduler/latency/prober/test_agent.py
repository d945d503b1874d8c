from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from kube.latency.errors import LatencyError
from scheduler.latency.prober.agent import Agent
from scheduler.latency.prober.config import Config
from scheduler.latency.prober.greeting import ask_site
from tests.scheduler.latency.prober.worlds import Network

LOOPBACK = {"listen": {"host": "127.0.0.1", "port": 0}, "metrics": {"host": "127.0.0.1", "port": 0}}


@asynccontextmanager
async def running(site: str, **settings: Any) -> AsyncIterator[Agent]:
    """An agent on loopback that really measures, stopped at the end."""
    config = Config.model_validate({"site": site, "every_s": 0.1, "window_s": 5, **LOOPBACK, **settings})
    agent, stop = Agent(config, rng=random.Random(1)), asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(agent.run(stop))
        await agent.listening.wait()
        try:
            yield agent
        finally:
            stop.set()


async def page(agent: Agent, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{agent.ports[1]}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def until_measured(agent: Agent, *series: str) -> str:
    """The metrics once they hold all of these; the caller's timeout bounds it."""
    while True:
        _, text = await page(agent, "/metrics")
        if all(each in text for each in series):
            return text
        await asyncio.sleep(0.05)  # real sockets: there is nothing to await but time


async def test_two_agents_measure_each_other() -> None:
    async with running("seoul") as seoul:
        target = {"site": "seoul", "host": "127.0.0.1", "port": seoul.ports[0]}
        async with running("busan", targets=[target]) as busan:
            text = await until_measured(busan, 'edgeward_rtt_seconds{from="busan",quantile="0.95",to="seoul"}')
            assert 'edgeward_probes_total{from="busan",result="ok",to="seoul"}' in text
            assert await page(busan, "/healthz") == (200, "ok\n")
            summary = busan.rounds.windows["seoul"].summary(asyncio.get_running_loop().time())
            assert 0 < summary.p50_s < 0.5
            assert (await page(busan, "/"))[0] == 404


async def test_an_agent_finds_out_by_itself_where_the_others_are() -> None:
    async with running("seoul") as seoul:
        assert await ask_site(("127.0.0.1", seoul.ports[0]), timeout_s=5) == "seoul"
        peers = {"host": "127.0.0.1", "port": seoul.ports[0]}
        async with running("busan", peers=peers) as busan:
            await until_measured(busan, 'edgeward_rtt_seconds{from="busan",quantile="0.5",to="seoul"}')


async def test_a_port_that_is_taken_is_told_with_its_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = Config.model_validate({"site": "a", **LOOPBACK, "metrics": {"host": "127.0.0.1", "port": port}})
        with pytest.raises(LatencyError, match=f"cannot listen at 127.0.0.1:{port}: Address already in use"):
            await Agent(config).run(asyncio.Event())


async def test_no_host_is_every_address_of_the_machine() -> None:
    async with running("a", listen={"port": 0}) as agent:
        assert await ask_site(("127.0.0.1", agent.ports[0]), timeout_s=5) == "a"


@pytest.mark.looptime
async def test_it_is_unwell_when_no_round_ends() -> None:
    network = Network(b=[0.01])
    config = Config.model_validate({"site": "a", "targets": [{"site": "b", "host": "b"}], **LOOPBACK})
    agent = Agent(config, dial=network.dial, resolve=network.resolve)
    assert agent.unwell() == ""
    await asyncio.sleep(31)
    assert agent.unwell() == "no round ended for 31 s"
