"""Running all of it in front of a real socket: an API server that is away, comes, refuses; and how everything ends."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kube.errors import ConfigError
from kube.program.errors import ListenError
from scheduler.config import Config
from scheduler.running import run
from tests.fakes import FakeKube
from tests.kube.mirror.contents import a_node, a_pod
from tests.scheduler import questions
from tests.scheduler.kube_server import kubeconfig, serving

PATIENCE_S = 20.0
CRDS = "/apis/topology.node.k8s.io/v1alpha2"
NAMESPACE = "edgeward"
_LOOK_S = 0.05


class Log(logging.Handler):
    """What was logged, and a way to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self._news = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self._news.set()

    def lines(self, level: int = logging.INFO) -> list[str]:
        return [record.getMessage() for record in self.records if record.levelno >= level]

    async def until(self, said: str) -> str:
        """The first line with these words."""
        return (await self._until(lambda record: said in record.getMessage())).getMessage()

    async def until_profile(self, name: str) -> None:
        """A profile of that name is in force."""
        await self._until(lambda record: name in record.__dict__.get("profiles", ""))

    async def _until(self, wanted: Callable[[logging.LogRecord], bool]) -> logging.LogRecord:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = next(filter(wanted, self.records), None)
                if found is not None:
                    return found
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def log() -> Iterator[Log]:
    handler = Log()
    roots = [logging.getLogger(name) for name in ("scheduler", "kube")]
    before = [each.level for each in roots]
    for each in roots:
        each.addHandler(handler)
        each.setLevel(logging.INFO)
    yield handler
    for each, level in zip(roots, before, strict=True):
        each.removeHandler(handler)
        each.setLevel(level)


@pytest.fixture
def kube() -> FakeKube:
    made = FakeKube()
    made.absent.add(CRDS)
    made.put("/api/v1/nodes", a_node("n1", site="seoul"))
    made.put("/api/v1/nodes", a_node("n2", site="seoul"))
    return made


class Running:
    """One that runs, and how to ask it."""

    def __init__(self, address: str, http: aiohttp.ClientSession, stop: Callable[[], None]) -> None:
        self.address, self._http, self.stop = address, http, stop

    async def get(self, page: str) -> tuple[int, str]:
        root = self.address.removesuffix("/scheduler")
        async with self._http.get(f"{root}{page}") as answer:
            return answer.status, (await answer.text()).strip()

    async def until_told(self, sample: str) -> None:
        """The metrics have that line; they are looked at each second."""
        async with asyncio.timeout(PATIENCE_S):
            while sample not in (await self.get("/metrics"))[1]:  # noqa: ASYNC110  # metrics are asked for
                await asyncio.sleep(_LOOK_S)

    async def ask(self, verb: str, body: bytes) -> Any:
        async with self._http.post(f"{self.address}/{verb}", data=body) as answer:
            assert answer.status == 200
            return await answer.json(content_type=None)


@asynccontextmanager
async def running(folder: Path, port: int, **settings: Any) -> AsyncIterator[Running]:
    """Runs, with the API server under that port; afterwards it has ended, in time and without an error."""
    listen = {"port": 0, "drain_s": 0, **settings.pop("listen", {})}
    content = {"listen": listen, "kube": {"kubeconfig": str(kubeconfig(folder, port))}, "namespace": NAMESPACE}
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


async def test_api_server_that_is_away_is_one_line_and_once_it_is_there_all_is_well(
    tmp_path: Path, log: Log, kube: FakeKube, unused_tcp_port: int
) -> None:
    async with running(tmp_path, unused_tcp_port) as there:
        why = f"cannot reach http://127.0.0.1:{unused_tcp_port}: connection refused"
        assert await log.until("trying again") == f"{why}; trying again until it answers"
        assert await there.get("/readyz") == (503, why)
        assert (await there.get("/healthz"))[0] == 200
        answer = await there.ask("filter", questions.by_name(["n1"]))
        assert answer["Error"] == f"edgeward is not ready: {why}"
        async with serving(kube, unused_tcp_port):
            await log.until("the API server answers")
            await log.until("ready")
            assert (await there.get("/readyz"))[0] == 200
            answer = await there.ask("filter", questions.by_name(["n1", "n2"]))
            assert answer["NodeNames"] == ["n1", "n2"]
            metrics = (await there.get("/metrics"))[1]
            assert "edgeward_snapshot_nodes 2.0" in metrics
            assert "edgeward_latency_pairs 0.0" in metrics
    assert len([line for line in log.lines(logging.WARNING) if "trying again until" in line]) == 1


async def test_server_that_hangs_up_each_time_is_told_of_once(tmp_path: Path, log: Log) -> None:
    calls, enough = 0, asyncio.Event()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writer.close()
        if calls >= 4:
            enough.set()

    async with (
        await asyncio.start_server(hang_up, "127.0.0.1", 0) as server,
        running(tmp_path, server.sockets[0].getsockname()[1]),
        asyncio.timeout(PATIENCE_S),
    ):
        await enough.wait()
    assert len([line for line in log.lines(logging.WARNING) if "trying again until" in line]) == 1


async def test_latency_is_known_from_the_first_decision(
    tmp_path: Path, log: Log, kube: FakeKube, unused_tcp_port: int
) -> None:
    metadata = {"name": "net", "namespace": NAMESPACE, "labels": {"edgeward.dev/config": "latency"}}
    data = {"rtt.csv": "from,seoul,busan\nseoul,,7/9\n"}
    kube.put(f"/api/v1/namespaces/{NAMESPACE}/configmaps", {"metadata": metadata, "data": data})
    async with serving(kube, unused_tcp_port), running(tmp_path, unused_tcp_port) as there:
        await log.until("ready")
        assert "edgeward_latency_pairs 2.0" in (await there.get("/metrics"))[1]


async def test_kind_that_may_not_be_read_is_named_and_counted(
    tmp_path: Path, log: Log, kube: FakeKube, unused_tcp_port: int
) -> None:
    kube.forbidden.add("/api/v1/pods")
    async with serving(kube, unused_tcp_port), running(tmp_path, unused_tcp_port) as there:
        line = await log.until("403 Forbidden")
        status, said = await there.get("/readyz")
        assert status == 503
        assert said.startswith("pods: ")
        assert "403 Forbidden" in said
        assert line.startswith("pods: ")
        await there.until_told('edgeward_watch_problems_total{watch="pods"} 1.0')
        kube.forbidden.clear()
        await log.until("ready")
        assert (await there.get("/readyz"))[0] == 200


async def test_pod_is_bound_and_followed_by_the_watch(
    tmp_path: Path, log: Log, kube: FakeKube, unused_tcp_port: int
) -> None:
    kube.put("/api/v1/namespaces/shop/pods", a_pod("web-0", uid="uid-web-0", namespace="shop"))
    async with serving(kube, unused_tcp_port), running(tmp_path, unused_tcp_port) as there:
        await log.until("ready")
        assert await there.ask("bind", questions.bind("n1")) == {"Error": ""}
        assert kube.thing("/api/v1/namespaces/shop/pods/web-0")["spec"]["nodeName"] == "n1"
        explained = await there.get("/explain/shop/web-0")
        assert '"node":"n1"' in explained[1]


async def test_bad_profile_reaches_the_api_server_as_an_event(
    tmp_path: Path, log: Log, kube: FakeKube, unused_tcp_port: int
) -> None:
    metadata = {"name": "mine", "namespace": NAMESPACE, "labels": {"edgeward.dev/config": "profiles"}}
    async with serving(kube, unused_tcp_port), running(tmp_path, unused_tcp_port):
        await log.until("ready")
        data = {"mine.yaml": "policies: [{policy: no-such-policy}]"}
        kube.put(f"/api/v1/namespaces/{NAMESPACE}/configmaps", {"metadata": metadata, "data": data})
        await log.until("a profile cannot be used")
    events = [write.body for write in kube.writes if "events" in write.path]
    assert [event["reason"] for event in events] == ["BadProfile"]
    assert "no-such-policy" in events[0]["note"]


async def test_stopped_it_leaves_nothing_behind(tmp_path: Path, log: Log, kube: FakeKube, unused_tcp_port: int) -> None:
    path = tmp_path / "decisions.jsonl"
    async with serving(kube, unused_tcp_port):
        async with running(tmp_path, unused_tcp_port, decisions={"path": str(path)}) as there:
            await log.until("ready")
            await kube.watched(5)
            await there.ask("filter", questions.by_name(["n1"]))
            there.stop()
        with socket.socket() as probe:
            port = int(there.address.split(":")[2].partition("/")[0])
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert b'"entry":"answered"' in path.read_bytes()  # flushed at the end
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_stopped_before_there_was_an_api_server_it_ends_all_the_same(
    tmp_path: Path, log: Log, unused_tcp_port: int
) -> None:
    async with running(tmp_path, unused_tcp_port) as there:
        await log.until("trying again")
        there.stop()


async def test_port_that_is_taken_ends_it_with_that_error_alone(tmp_path: Path, unused_tcp_port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{port}: ") as caught:
            async with running(tmp_path, unused_tcp_port, listen={"port": port}):
                raise AssertionError("it listens")
    assert caught.value.exit_code == 1


async def test_kubeconfig_that_is_not_there_ends_it(tmp_path: Path) -> None:
    config = Config.model_validate({"kube": {"kubeconfig": str(tmp_path / "none")}})
    with pytest.raises(ConfigError, match="none") as caught:
        await run(config, asyncio.Event())
    assert caught.value.exit_code == 2


async def test_profile_of_the_cluster_may_come_in_a_config_map(
    tmp_path: Path, log: Log, kube: FakeKube, unused_tcp_port: int
) -> None:
    async with serving(kube, unused_tcp_port), running(tmp_path, unused_tcp_port, profile="mine") as there:
        await log.until("not ready: ")
        status, said = await there.get("/readyz")
        assert status == 503
        assert said.startswith("unknown profile 'mine' (known: ")
        assert said.endswith("): no file and no ConfigMap has it")
        metadata = {"name": "mine", "namespace": NAMESPACE, "labels": {"edgeward.dev/config": "profiles"}}
        data = {"mine.yaml": "policies: [{policy: spread}]"}
        kube.put(f"/api/v1/namespaces/{NAMESPACE}/configmaps", {"metadata": metadata, "data": data})
        await log.until_profile("mine")
        assert (await there.get("/readyz"))[0] == 200
