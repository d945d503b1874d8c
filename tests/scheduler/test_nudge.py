"""Waking pods: those that became feasible, no others, and not too many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from kube.errors import Unreachable
from kube.profiles import Profiles
from policies.engine.answers import filtered
from policies.model.pod import Pod
from scheduler.deciding import Engines
from scheduler.nudge import RETRY, Nudger
from tests.builders import make_latency, make_node, make_pod
from tests.fakes import FakeKube
from tests.scheduler.desk_parts import AtOnce, Parts

PODS = "/api/v1/namespaces/default/pods"


class Bench:
    def __init__(self, *, per_minute: int = 30) -> None:
        self.parts = Parts(decider=AtOnce())
        self.kube = FakeKube()
        self.waiting: list[Pod] = []
        self.said: list[str] = []
        self.complaints: list[str] = []
        self.stop = asyncio.Event()
        self.parts.cluster.set_node(make_node("n1", site="seoul"))
        self.parts.cluster.set_node(make_node("n2", site="busan"))
        self.measure(41.0)
        self.nudger = Nudger(
            self.kube,
            self.parts.reader,
            self.parts.decider,
            Engines(),
            self.parts.recent,
            waiting=lambda: self.waiting,
            snapshot=self.parts.cluster.freeze,
            per_minute=per_minute,
            clock=asyncio.get_running_loop().time,
            tell=lambda _, why: self.said.append(why),
            complain=lambda _, why: self.complaints.append(why),
        )

    def measure(self, ms: float) -> None:
        self.parts.cluster.set_latency(make_latency(["busan", "seoul"], {("seoul", "busan"): ms}))

    def add(self, name: str) -> Pod:
        """A pod of users in seoul that may be 20 ms away and needs what only busan has."""
        pod = make_pod(name, origin="seoul", max_rtt_ms=20.0, node_selector={"metadata.name": "n2"})
        self.kube.put(PODS, {"metadata": {"name": name, "namespace": "default", "uid": pod.uid}, "spec": {}})
        self.waiting.append(pod)
        return pod

    def ask(self, pod: Pod) -> None:
        nodes = self.parts.cluster.freeze()
        answer = filtered(
            self.parts.profiles.engine(""), nodes, pod.of, ["n2"]
        )  # n1 is not offered: it lacks the label
        self.parts.recent.keep(pod.uid, answer, profile="edge-default", by_shortlist=True, at_s=0.0)

    @property
    def woken(self) -> list[str]:
        return [write.path.rpartition("/")[2] for write in self.kube.writes]

    async def live(self, story: Callable[[], Awaitable[None]]) -> None:
        running = asyncio.ensure_future(self.nudger.run(self.stop))
        try:
            await story()
        finally:
            self.stop.set()
            await asyncio.wait_for(running, 60)
            self.parts.close()


def selector_label(bench: Bench) -> None:
    for name, site in (("n1", "seoul"), ("n2", "busan")):
        bench.parts.cluster.set_node(make_node(name, site=site, labels={"metadata.name": name}))


@pytest.mark.looptime
async def test_pod_that_fits_since_latency_changed_is_woken_once() -> None:
    bench = Bench()
    selector_label(bench)
    pod = bench.add("a")
    bench.ask(pod)

    async def story() -> None:
        bench.nudger.changed("latency")
        await asyncio.sleep(5)
        assert bench.woken == []  # 41 ms are too far still
        bench.measure(12.0)
        bench.nudger.changed("latency")
        await asyncio.sleep(5)
        assert bench.woken == ["a"]
        await asyncio.sleep(300)
        assert bench.woken == ["a"]

    await bench.live(story)
    (write,) = bench.kube.writes
    assert write.body["metadata"]["uid"] == pod.uid
    assert "latency changed: 1 node would take it" in write.body["metadata"]["annotations"][RETRY]


@pytest.mark.looptime
async def test_pod_that_we_had_passed_on_is_left_to_kube_scheduler() -> None:
    bench = Bench()
    selector_label(bench)
    bench.measure(12.0)
    bench.ask(bench.add("a"))

    async def story() -> None:
        bench.nudger.changed("latency")
        await asyncio.sleep(5)

    await bench.live(story)
    assert bench.woken == []


@pytest.mark.looptime
async def test_no_more_than_allowed_in_a_minute_and_the_others_later() -> None:
    bench = Bench(per_minute=2)
    selector_label(bench)
    for number in range(5):
        bench.ask(bench.add(f"p{number}"))
    bench.measure(12.0)

    async def story() -> None:
        bench.nudger.changed("latency")
        await asyncio.sleep(30)
        assert len(bench.woken) == 2
        await asyncio.sleep(400)

    await bench.live(story)
    assert set(bench.woken) == {f"p{number}" for number in range(5)}


@pytest.mark.looptime
async def test_never_means_never() -> None:
    bench = Bench(per_minute=0)
    selector_label(bench)
    bench.ask(bench.add("a"))
    bench.measure(12.0)

    async def story() -> None:
        bench.nudger.changed("latency")
        await asyncio.sleep(100)

    await bench.live(story)
    assert bench.woken == []


@pytest.mark.looptime
async def test_api_server_that_is_away_is_told_and_does_not_end_the_loop() -> None:
    bench = Bench()
    selector_label(bench)
    bench.ask(bench.add("a"))
    bench.measure(12.0)
    bench.kube.failing = lambda *_: Unreachable("connection refused")

    async def story() -> None:
        bench.nudger.changed("latency")
        await asyncio.sleep(5)
        assert bench.complaints == ["connection refused"]
        assert bench.said == []  # nobody was woken
        bench.kube.failing = lambda *_: None
        await asyncio.sleep(60)
        bench.nudger.changed("latency")
        await asyncio.sleep(5)

    await bench.live(story)
    assert "latency changed" in bench.said[-1]


BROKEN = """
from dataclasses import dataclass
from policies.engine.contract import FilterScorer, Scope


@dataclass(frozen=True, slots=True)
class Broken(FilterScorer):
    scope = Scope.STATIC

    def allow(self, nodes, pod):
        raise ZeroDivisionError("a fault of its author's")


POLICY: type[FilterScorer] = Broken
"""


@pytest.mark.looptime
async def test_policy_that_fails_does_not_end_the_loop(tmp_path: Path) -> None:
    bench = Bench()
    selector_label(bench)
    bench.measure(12.0)
    (tmp_path / "broken.py").write_text(BROKEN)
    (tmp_path / "mine.yaml").write_text("policies: [{policy: broken}]")
    bench.parts.profiles = Profiles("mine", folders=[tmp_path])
    bench.parts.reader._profiles = bench.parts.profiles
    bench.waiting.append(pod := make_pod("a"))

    async def story() -> None:
        await asyncio.sleep(70)
        bench.nudger.changed("latency")
        await asyncio.sleep(5)
        assert bench.woken == []
        bench.parts.reader._profiles = Profiles("edge-default")
        bench.kube.put(PODS, {"metadata": {"name": "a", "namespace": "default", "uid": pod.uid}, "spec": {}})
        bench.nudger.changed("profiles")
        await asyncio.sleep(5)

    await bench.live(story)
    assert bench.woken == ["a"]


@pytest.mark.looptime
async def test_pod_that_was_refused_before_we_began_is_woken_but_not_in_the_rush_of_the_beginning() -> None:
    bench = Bench()
    selector_label(bench)
    bench.add("a")  # nobody asked us about it
    bench.measure(12.0)

    async def story() -> None:
        bench.nudger.changed("latency")
        await asyncio.sleep(50)
        assert bench.woken == []
        await asyncio.sleep(20)
        bench.nudger.changed("latency")
        await asyncio.sleep(5)

    await bench.live(story)
    assert bench.woken == ["a"]
