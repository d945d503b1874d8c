"""Running all of it in front of a real socket: an API server that is away, two of which one acts, a good end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from autoscaler.planner import record
from autoscaler.running.config import Config
from autoscaler.running.running import run
from kube.errors import ConfigError
from kube.program.errors import ListenError
from tests.autoscaler.controller.world import EAS, METRICS, SHOP, World
from tests.autoscaler.sources.metrics_kube import pod_metrics
from tests.scheduler.kube_server import kubeconfig, serving

PATIENCE_S = 20.0
LEASE = "/apis/coordination.k8s.io/v1/namespaces/edgeward/leases/edgeward-autoscaler"
METRIC = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
}
_LOOK_S = 0.05


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """What was logged so far."""
    with caplog.at_level(logging.INFO):
        yield lambda: [record.getMessage() for record in caplog.records]


async def until(holds: Callable[[], object], what: str) -> None:
    """It comes true in time."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110  # others' sockets and clocks are waited for
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        pytest.fail(f"waited {PATIENCE_S:g} s in vain: {what}")


class Running:
    """One that runs, and how to ask it."""

    def __init__(self, address: str, http: aiohttp.ClientSession, stop: Callable[[], None]) -> None:
        self.address, self._http, self.stop = address, http, stop

    async def get(self, page: str) -> tuple[int, str]:
        async with self._http.get(f"{self.address}{page}") as answer:
            return answer.status, (await answer.text()).strip()

    async def until_ready(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while (await self.get("/readyz"))[0] != 200:  # noqa: ASYNC110  # a page is asked for
                await asyncio.sleep(_LOOK_S)

    async def sample(self, name: str) -> float:
        text = (await self.get("/metrics"))[1]
        (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
        return float(line.rpartition(" ")[2])


@asynccontextmanager
async def running(folder: Path, port: int, **settings: Any) -> AsyncIterator[Running]:
    """Runs, with the API server under that port; afterwards it has ended, in time and without an error."""
    content = {
        "pages": {"host": "127.0.0.1", "port": 0},
        "kube": {"kubeconfig": str(kubeconfig(folder, port))},
        "namespace": "edgeward",
        "sync_period_s": 1,
        "leader": {"lease_s": 3, "renew_s": 2, "retry_s": 0.2},
    }
    config = Config.model_validate(content | settings)
    stop, address = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(run(config, stop, listening=address.set_result))
    try:
        await asyncio.wait((task, address), timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        async with aiohttp.ClientSession() as http:
            yield Running(await address, http, stop.set)
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(task, return_exceptions=True)
    task.result()


@pytest.fixture
def world() -> World:
    """Two replicas that use 80 % of what they ask for, where 50 % is wanted."""
    made = World()
    made.node()
    made.deploy(replicas=2)
    for number in (0, 1):
        usage = {"app": {"cpu": "400m"}}
        made.kube.put(METRICS, pod_metrics(f"web-{number}", usage, namespace=SHOP, at_s=time.time()))
    made.autoscaler(metrics=[METRIC])
    return made


async def test_an_api_server_that_is_away_is_one_line_and_then_a_workload_is_scaled(
    tmp_path: Path, world: World, unused_tcp_port: int, lines: Callable[[], list[str]]
) -> None:
    async with running(tmp_path, unused_tcp_port) as there:
        why = f"cannot reach http://127.0.0.1:{unused_tcp_port}: connection refused"
        await until(lambda: f"{why}; trying again until it answers" in lines(), "the line")
        assert await there.get("/readyz") == (503, why)
        assert (await there.get("/healthz"))[0] == 200
        async with serving(world.kube, unused_tcp_port):
            # ceil(80 / 50 * 2) = ceil(3.2) = 4
            await until(lambda: world.replicas() == 4, "four replicas")
            assert (await there.get("/readyz"))[0] == 200
            await until(world.events, "the event")
            assert await there.sample("edgeward_autoscaler_leader") == 1
            assert await there.sample("edgeward_autoscaler_known") == 1
            assert await there.sample('edgeward_autoscaler_steps_total{outcome="Done",step="ScaleOut"}') == 1
            assert 0 <= await there.sample("edgeward_autoscaler_metric_age_seconds") < 60
            reads = 'edgeward_autoscaler_api_reads_total{api="resource metrics API",end="answered"}'
            assert await there.sample(reads) >= 1
    (event,) = world.events()
    assert event[0] == "ScaleOut"
    assert "2 replicas → 4 replicas" in event[1]
    assert len([line for line in lines() if "trying again until" in line]) == 1


async def test_of_two_one_acts_and_the_other_follows_at_once_when_it_is_stopped(
    tmp_path: Path, world: World, unused_tcp_port: int
) -> None:
    async with serving(world.kube, unused_tcp_port), running(tmp_path, unused_tcp_port) as first:
        await until(lambda: world.replicas() == 4, "four replicas")
        async with running(tmp_path, unused_tcp_port) as second:
            await second.until_ready()  # although it only waits for the lease
            assert await second.sample("edgeward_autoscaler_leader") == 0
            holder = world.kube.thing(LEASE)["spec"]["holderIdentity"]
            first.stop()
            await until(lambda: world.kube.thing(LEASE)["spec"]["holderIdentity"] not in ("", holder), "a successor")
            await asyncio.sleep(2.5)  # two passes of the second
    assert [write.body["spec"]["replicas"] for write in world.kube.writes if "/scale" in write.path] == [4]


async def test_what_comes_later_is_seen_by_the_watch(tmp_path: Path, world: World, unused_tcp_port: int) -> None:
    world.kube.drop(f"/apis/edgeward.dev/v1alpha1/namespaces/{SHOP}/edgeautoscalers/web")
    async with serving(world.kube, unused_tcp_port), running(tmp_path, unused_tcp_port, sync_period_s=60) as there:
        await until(lambda: world.kube.store.things.get("/apis/coordination.k8s.io/v1/leases"), "a leader")
        await asyncio.sleep(0.5)
        world.autoscaler(metrics=[METRIC])
        await until(lambda: world.replicas() == 4, "four replicas, long before the next pass over all")
        assert await there.sample("edgeward_autoscaler_known") == 1


async def test_a_crd_that_is_not_installed_is_no_error(tmp_path: Path, world: World, unused_tcp_port: int) -> None:
    world.kube.absent.add(EAS)
    async with serving(world.kube, unused_tcp_port), running(tmp_path, unused_tcp_port) as there:
        await there.until_ready()
        assert await there.sample("edgeward_autoscaler_known") == 0


async def test_decisions_are_logged_and_replay(tmp_path: Path, world: World, unused_tcp_port: int) -> None:
    file = tmp_path / "decisions.jsonl"
    async with (
        serving(world.kube, unused_tcp_port),
        running(tmp_path, unused_tcp_port, decisions={"path": str(file)}),
    ):
        await until(lambda: world.replicas() == 4, "four replicas")
        await asyncio.sleep(1.5)
    records = [record.decode(line) for line in file.read_bytes().splitlines()]
    assert records[0].decision["wanted"]["home"] == 4
    for each in records:
        again = record.answer(record.replay(each))
        assert msgspec.json.decode(msgspec.json.encode(again)) == each.decision


async def test_an_address_in_use_ends_it_at_once(tmp_path: Path, unused_tcp_port: int) -> None:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ListenError, match="address already in use"):
        async with running(tmp_path, unused_tcp_port, pages={"host": "127.0.0.1", "port": port}):
            pass
    server.close()


async def test_a_kubeconfig_that_is_not_there_ends_it_at_once(tmp_path: Path) -> None:
    config = Config.model_validate({"kube": {"kubeconfig": str(tmp_path / "missing")}})
    with pytest.raises(ConfigError, match="missing does not exist"):
        await run(config, asyncio.Event())
