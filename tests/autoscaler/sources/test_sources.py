"""All sources together: how often is read, what is read at once, and how long a pass lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes.aio.client import Configuration

from autoscaler.planner.observation import PodValues, Total, Unavailable
from autoscaler.sources.sources import Sources
from autoscaler.sources.want import Described, Want
from kube.client import CALL_TIMEOUT_S, NO_PARAMS
from kube.errors import refusal
from kube.session import Session
from tests.autoscaler.sources.metrics_kube import (
    CUSTOM,
    CUSTOM_V1BETA2,
    EXTERNAL,
    METRICS,
    MetricsKube,
    custom_value,
    external_value,
    listed,
    pod_metrics,
    resources,
)
from tests.fake_prometheus import FakePrometheus, series

INGRESS = Described("networking.k8s.io/v1", "Ingress", "main")
NAMESPACES = [f"team-{n}" for n in range(8)]
WANTS = [
    Want(kind="Resource", namespace="web", name="cpu"),
    Want(kind="Pods", namespace="web", name="rps"),
    Want(kind="Object", namespace="web", name="rps", described=INGRESS),
    Want(kind="External", namespace="web", name="queue"),
    Want(kind="Prometheus", namespace="", name="sum(up)"),
]
CPU, RPS, OBJECT, QUEUE, QUERY = WANTS
ANSWERS = {
    f"{METRICS}/namespaces/web/pods": listed(pod_metrics("p1", {"main": {"cpu": "5m"}})),
    **CUSTOM_V1BETA2,
    f"{CUSTOM}/v1beta2/namespaces/web/pods/*/rps": listed(custom_value(2)),
    "/apis/networking.k8s.io/v1": resources(("ingresses", "Ingress", True)),
    f"{CUSTOM}/v1beta2/namespaces/web/ingresses.networking.k8s.io/main/rps": listed(custom_value(3)),
    f"{EXTERNAL}/namespaces/web/queue": listed(external_value(4)),
}


def prometheus() -> FakePrometheus:
    fake = FakePrometheus()
    fake.answers["sum(up)"] = [series(5)]
    return fake


async def test_reads_do_not_depend_on_the_number_of_autoscalers() -> None:
    async def reads(autoscalers: int) -> int:
        kube, fake = MetricsKube(ANSWERS), prometheus()
        sources = Sources(kube, prometheus=fake)
        wants = [want for _ in range(autoscalers) for want in WANTS]
        readings = await sources.read(wants, now_s=1010)
        for n in range(autoscalers):
            assert isinstance(readings.of(CPU, [f"p{n}", "p1"]), PodValues)
        assert sources.reads.total() == len(kube.calls) + len(fake.asked)
        return sources.reads.total()

    # one list of metrics, the versions of custom metrics, one list of pods, one object and its kind, external, a query
    assert await reads(1) == await reads(10_000) == 7


async def test_reads_of_resources_do_not_depend_on_the_number_of_namespaces() -> None:
    pods = [pod_metrics("p1", {"main": {"cpu": "5m"}}, namespace=namespace) for namespace in NAMESPACES]
    kube = MetricsKube({f"{METRICS}/pods": listed(*pods)})
    wants = [
        Want(kind="Resource", namespace=namespace, name=name) for namespace in NAMESPACES for name in ("cpu", "memory")
    ]
    await Sources(kube).read(wants, now_s=1010)
    assert kube.paths == [f"{METRICS}/pods"]


@pytest.mark.looptime
async def test_what_is_served_is_asked_again_after_a_minute_only() -> None:
    kube, fake = MetricsKube(ANSWERS), prometheus()
    sources = Sources(kube, prometheus=fake)
    for _ in range(3):
        await sources.read(WANTS, now_s=1010)
    assert kube.paths.count(CUSTOM) == kube.paths.count("/apis/networking.k8s.io/v1") == 1
    await asyncio.sleep(61)
    await sources.read(WANTS, now_s=1071)
    assert kube.paths.count(CUSTOM) == kube.paths.count("/apis/networking.k8s.io/v1") == 2


@pytest.mark.looptime
async def test_an_api_that_is_missing_is_looked_for_once_for_all_and_found_when_it_comes() -> None:
    kube = MetricsKube({})
    sources = Sources(kube)
    wants = [Want(kind="Pods", namespace="web", name=f"m{n}") for n in range(50)]
    await sources.read(wants, now_s=1010)
    assert kube.paths == [CUSTOM]
    kube.answers.update(ANSWERS)
    await asyncio.sleep(16)
    assert isinstance((await sources.read([RPS], now_s=1026)).of(RPS, ["p1"]), PodValues)


async def test_one_source_that_is_down_costs_only_its_own_metrics() -> None:
    kube = MetricsKube(ANSWERS)
    kube.failing = lambda verb, path: refusal(503, "ServiceUnavailable", "down") if path.startswith(EXTERNAL) else None
    sources = Sources(kube, prometheus=prometheus())
    readings = await sources.read(WANTS, now_s=1010)
    assert isinstance(readings.of(QUEUE), Unavailable)
    assert readings.of(OBJECT) == Total(milli=3000, timestamp_s=1000)
    assert readings.of(QUERY) == Total(milli=5000, timestamp_s=1000)
    assert sources.reads == {
        ("resource metrics API", "answered"): 1,
        ("discovery", "answered"): 2,
        ("custom metrics API", "answered"): 2,
        ("external metrics API", "down"): 1,
        ("Prometheus", "answered"): 1,
    }


class Slow(MetricsKube):
    """Answers what begins with `slow` after `slow_s`; `most` is how many of those it saw at once."""

    def __init__(self, slow: str, slow_s: float) -> None:
        super().__init__(ANSWERS)
        self.slow, self.slow_s, self.now, self.most = slow, slow_s, 0, 0

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        if not path.startswith(self.slow):
            return await super().get(path, params, timeout_s=timeout_s)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.slow_s)
            return await super().get(path, params, timeout_s=timeout_s)
        finally:
            self.now -= 1


@pytest.mark.looptime
async def test_a_pass_ends_and_what_has_not_answered_is_unavailable() -> None:
    loop = asyncio.get_running_loop()
    kube = Slow(EXTERNAL, 3600)
    sources = Sources(kube, prometheus=prometheus(), pass_s=12)
    queues = [Want(kind="External", namespace="web", name=f"q{n}") for n in range(100)]
    began_s = loop.time()
    readings = await sources.read([*queues, *WANTS], now_s=1010)
    assert loop.time() - began_s == pytest.approx(12)
    assert isinstance(readings.of(CPU, ["p1"]), PodValues)
    for want in queues:
        reading = readings.of(want)
        assert isinstance(reading, Unavailable)
        assert reading.message.endswith("unable to fetch metrics from external metrics API: no answer within 12 s")
    assert sources.reads["external metrics API", "late"] == 16


@pytest.mark.looptime
async def test_a_source_is_asked_a_bounded_number_of_questions_at_once() -> None:
    kube = Slow(EXTERNAL, 0.1)
    queues = [Want(kind="External", namespace="web", name=f"q{n}") for n in range(40)]
    await Sources(kube, at_once=7).read(queues, now_s=1010)
    assert (kube.most, len(kube.calls)) == (7, 40)


@pytest.mark.looptime
async def test_a_call_has_its_own_bound() -> None:
    kube = MetricsKube(ANSWERS)
    kube.hang()
    readings = await Sources(kube, call_s=2).read([CPU], now_s=1010)
    reading = readings.of(CPU, ["p1"])
    assert isinstance(reading, Unavailable)
    assert reading.message.endswith("unable to fetch metrics from resource metrics API: fake: no answer within 2 s")


async def test_nothing_wanted_is_nothing_read() -> None:
    kube = MetricsKube(ANSWERS)
    await Sources(kube).read([], now_s=1010)
    assert kube.calls == []


async def test_names_reach_the_server_as_they_are_escaped() -> None:
    """Through the real client and over a socket, because yarl and aiohttp have their own ideas of what to escape."""
    asked: list[str] = []
    selectors: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.raw_path.partition("?")[0])
        selectors.append(request.query.get("metricLabelSelector"))
        if request.path == CUSTOM:
            return web.json_response(CUSTOM_V1BETA2[CUSTOM])
        return web.json_response(listed(custom_value(1)))

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    async with TestServer(application) as server:
        configuration = Configuration()
        configuration.host = str(server.make_url("/")).rstrip("/")
        session = Session(configuration)
        try:
            await Sources(session).read(
                [
                    Want(kind="Pods", namespace="web", name="http|rps", selector="path in (/buy,/pay+&more)"),
                    Want(kind="External", namespace="web", name="sqs/orders 100%"),
                ],
                now_s=1010,
            )
        finally:
            await session.close()
    assert sorted(asked) == [
        CUSTOM,
        f"{CUSTOM}/v1beta2/namespaces/web/pods/*/http%7Crps",
        f"{EXTERNAL}/namespaces/web/sqs%2Forders%20100%25",
    ]
    assert set(selectors) == {None, "path in (/buy,/pay+&more)"}
