"""Preempt over a real mirror: whom it takes, where it helps nobody, and what of kube-scheduler's choice stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from kube.mirror.mirror import Mirror
from kube.profiles import Profiles
from policies.model.latency import LatencyMatrix
from scheduler.preempting import Preempter
from scheduler.reading import PodReader
from scheduler.wire import AskedPod, NodeVictims, PreemptAsked
from tests.builders import make_latency
from tests.kube.mirror.contents import Content, a_node, a_pod, make_mirror

MILLI, DEVICES = "edgeward.dev/gpu-milli", "edgeward.dev/gpu-devices"
T = TypeVar("T")


class Bench:
    """A preempter over a mirror whose handlers were told what a test tells."""

    def __init__(self) -> None:
        self.mirror: Mirror = make_mirror(schedulers=())
        profiles = Profiles("edge-default")
        reader = PodReader(profiles, namespace_annotations=self.mirror.namespace_annotations)
        self.preempter = Preempter(reader, self.mirror, within_s=60.0)

    def node(self, name: str = "n1", **more: Any) -> None:
        self.mirror.nodes.put(a_node(name, **more))

    def resident(self, name: str, priority: int, *, node: str = "n1", share: str = "", **more: Any) -> str:
        """A pod that runs there; *share* is `device:milli`. Its uid."""
        device, _, milli = share.partition(":")
        annotations = {MILLI: milli, DEVICES: device} if share else {}
        content = a_pod(name, node=node, uid=name, annotations=annotations, priority=priority, **more)
        self.mirror.pods.put(content)
        return name

    def budget(self, app: str, *, allowed: int, disrupted: tuple[str, ...] = ()) -> None:
        self.mirror.budgets.put(
            {
                "metadata": {"name": app, "namespace": "default"},
                "spec": {"selector": {"matchLabels": {"app": app}}},
                "status": {
                    "disruptionsAllowed": allowed,
                    "disruptedPods": dict.fromkeys(disrupted, "2026-01-01T00:00:00Z"),
                },
            }
        )

    def measured(self, rtt_ms: float) -> None:
        matrix: LatencyMatrix = make_latency(["busan", "seoul"], {("seoul", "busan"): rtt_ms}, at_s=1000.0)
        self.mirror.cluster.set_latency(matrix, now_s=1000.0)

    async def ask(
        self, victims: dict[str, tuple[str, ...]], *, violations: int = 0, **pod: Any
    ) -> dict[str, NodeVictims]:
        content = a_pod("urgent", priority=100, **pod)
        return await self.preempter.preempt(asked(content, victims, violations=violations))


def asked(content: Content, victims: dict[str, tuple[str, ...]], *, violations: int = 0) -> PreemptAsked:
    metadata = content["metadata"]
    pod = AskedPod(
        namespace=metadata["namespace"], name=metadata["name"], uid=metadata["uid"], content=content, key=b""
    )
    told = {name: NodeVictims(uids=uids, pdb_violations=violations) for name, uids in victims.items()}
    return PreemptAsked(pod=pod, victims=told)


def wants(milli: int) -> dict[str, Any]:
    return {"annotations": {MILLI: str(milli)}}


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.preempter.close()


async def test_pod_that_frees_cpu_only_is_spared_for_one_that_frees_the_gpu(bench: Bench) -> None:
    bench.node(gpus=1, cpu="4")
    bench.resident("cpu", 1, cpu="2")
    bench.resident("share", 5, cpu="2", share="0:700")
    # 300 of 1000 milli are free, so 500 fit once the 700 are gone
    answer = await bench.ask({"n1": ("cpu",)}, cpu="2", **wants(500))
    assert answer == {"n1": NodeVictims(uids=("share",), pdb_violations=0)}


async def test_choice_that_frees_cpu_but_not_the_gpu_is_completed(bench: Bench) -> None:
    bench.node(gpus=1, cpu="4")
    bench.resident("cpu", 1, cpu="3500m")
    bench.resident("share", 5, cpu="100m", share="0:700")
    answer = await bench.ask({"n1": ("cpu",)}, cpu="3", **wants(500))
    assert answer == {"n1": NodeVictims(uids=("share", "cpu"), pdb_violations=0)}  # the most important first


async def test_one_share_goes_where_two_would_have_to_on_the_other_device(bench: Bench) -> None:
    bench.node(gpus=2, cpu="4")
    for name, cpu, share in (("a", "1", "0:450"), ("b", "1", "0:450"), ("c", "2", "1:900")):
        bench.resident(name, 1, cpu=cpu, share=share)
    answer = await bench.ask({"n1": ("a",)}, cpu="1", **wants(900))
    assert answer["n1"].uids == ("c",)


async def test_nobody_of_equal_priority_goes(bench: Bench) -> None:
    bench.node(gpus=1)
    bench.resident("equal", 100, share="0:900")
    bench.resident("lower", 1, cpu="100m")
    assert await bench.ask({"n1": ("lower",)}, **wants(500)) == {}


async def test_budget_spares_the_cheaper_pod(bench: Bench) -> None:
    bench.node(gpus=2, cpu="4")
    bench.resident("cheap", 1, cpu="2", share="0:900", labels={"app": "db"})
    bench.resident("dear", 5, cpu="2", share="1:900")
    bench.budget("db", allowed=0)
    answer = await bench.ask({"n1": ("cheap",)}, cpu="1", violations=1, **wants(500))
    assert answer == {"n1": NodeVictims(uids=("dear",), pdb_violations=0)}


async def test_violation_that_cannot_be_helped_is_counted(bench: Bench) -> None:
    bench.node(gpus=1)
    bench.resident("only", 1, share="0:900", labels={"app": "db"})
    bench.budget("db", allowed=0)
    answer = await bench.ask({"n1": ("only",)}, **wants(500))
    assert answer == {"n1": NodeVictims(uids=("only",), pdb_violations=1)}


async def test_pod_that_its_budget_has_counted_already_violates_nothing(bench: Bench) -> None:
    bench.node(gpus=1)
    bench.resident("only", 1, share="0:900", labels={"app": "db"})
    bench.budget("db", allowed=0, disrupted=("only",))
    answer = await bench.ask({"n1": ("only",)}, **wants(500))
    assert answer == {"n1": NodeVictims(uids=("only",), pdb_violations=0)}


async def test_pod_that_no_watch_told_of_stays_a_victim_with_its_violations(bench: Bench) -> None:
    bench.node(gpus=1)
    bench.resident("share", 1, share="0:900")
    answer = await bench.ask({"n1": ("stranger", "share")}, violations=2, **wants(500))
    assert answer == {"n1": NodeVictims(uids=("share", "stranger"), pdb_violations=2)}


async def test_where_we_see_room_what_kube_scheduler_picked_stays(bench: Bench) -> None:
    bench.node(gpus=1, cpu="4")
    bench.resident("port", 1, cpu="100m")
    assert await bench.ask({"n1": ("port",)}) == {"n1": NodeVictims(uids=("port",), pdb_violations=0)}


async def test_node_without_a_victim_is_never_in_the_answer(bench: Bench) -> None:
    bench.node()
    assert await bench.ask({"n1": ()}) == {}


async def test_node_that_nobody_knows_is_left_out_and_the_others_are_answered(bench: Bench) -> None:
    bench.node(gpus=1)
    bench.resident("share", 1, share="0:900")
    answer = await bench.ask({"nowhere": ("share",), "n1": ("share",)}, **wants(500))
    assert list(answer) == ["n1"]


async def test_no_eviction_helps_where_a_limit_refuses_the_node(bench: Bench) -> None:
    bench.node("near", site="seoul", cpu="2")
    bench.node("far", site="busan", cpu="2")
    bench.measured(41.0)
    bench.resident("on-near", 1, node="near", cpu="2")
    bench.resident("on-far", 1, node="far", cpu="2")
    limits = {"edgeward.dev/origin": "seoul", "edgeward.dev/max-rtt-ms": "20"}
    answer = await bench.ask({"near": ("on-near",), "far": ("on-far",)}, cpu="1", annotations=limits)
    assert answer == {"near": NodeVictims(uids=("on-near",), pdb_violations=0)}


async def test_pod_whose_wishes_cannot_be_read_has_nobody_evicted(bench: Bench) -> None:
    bench.node()
    bench.resident("there", 1, cpu="4")
    assert await bench.ask({"n1": ("there",)}, annotations={"edgeward.dev/max-rtt-ms": "2O"}) == {}


async def test_daemon_sets_pod_evicts_as_kube_scheduler_wants(bench: Bench) -> None:
    bench.node(ready="False")
    content = a_pod("cni", priority=100)
    content["metadata"]["ownerReferences"] = [{"kind": "DaemonSet", "name": "cni", "controller": True}]
    answer = await bench.preempter.preempt(asked(content, {"n1": ("there",)}, violations=1))
    assert answer == {"n1": NodeVictims(uids=("there",), pdb_violations=1)}


async def test_promised_place_counts_as_taken_and_its_pod_may_go(bench: Bench) -> None:
    bench.node(gpus=1)
    content = a_pod("promised", uid="promised", annotations={MILLI: "900"}, priority=1)
    bench.mirror.pods.put(content)
    pod = bench.mirror.pending_pod("default", "promised", "promised")
    assert pod is not None
    bench.mirror.assume(pod, "n1", (0,))
    answer = await bench.ask({"n1": ("promised",)}, **wants(500))
    assert answer["n1"].uids == ("promised",)


class Slow:
    """In the place of the thread: each node takes a second of the loop's time."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self, work: Callable[[], T]) -> T:
        self.asked += 1
        await asyncio.sleep(1.0)
        return work()

    def close(self) -> None:
        """Nothing runs."""


@pytest.mark.looptime
async def test_past_its_time_it_answers_with_the_cheapest_nodes_that_it_looked_at(bench: Bench) -> None:
    slow, thread = Slow(), bench.preempter._thread
    bench.preempter._thread, bench.preempter._within_s = slow, 2.5  # type: ignore[assignment]  # as slow as a node of many pods
    for number in range(6):
        bench.node(f"n{number}", gpus=1)
        bench.resident(f"on-{number}", 1, node=f"n{number}", share="0:900")
        bench.resident(f"more-{number}", 1, node=f"n{number}", cpu="100m")
    victims = {f"n{number}": (f"on-{number}", f"more-{number}")[: 1 + (number < 3)] for number in range(6)}
    answer = await bench.ask(victims, **wants(500))
    assert list(answer) == ["n3", "n4", "n5"]  # those with one victim, 3 of them in 3 s
    assert slow.asked == 3
    thread.close()


@pytest.mark.looptime
async def test_however_long_it_takes_it_looks_until_one_node_helps(bench: Bench) -> None:
    slow, thread = Slow(), bench.preempter._thread
    bench.preempter._thread, bench.preempter._within_s = slow, 0.5  # type: ignore[assignment]  # as slow as a node of many pods
    for number in range(3):
        bench.node(f"n{number}", gpus=1)
        bench.resident(f"on-{number}", 1 if number == 2 else 100, node=f"n{number}", share="0:900")
        bench.resident(f"low-{number}", 1, node=f"n{number}", cpu="100m")
    answer = await bench.ask({f"n{number}": (f"low-{number}",) for number in range(3)}, **wants(500))
    assert list(answer) == ["n2"]
    assert slow.asked == 3
    thread.close()
