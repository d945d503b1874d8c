"""Bind: devices and binding in one write, once for each UID, and never one device twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from kube.errors import KubeError, Unreachable, refusal
from policies.engine.decide import Engine
from policies.errors import ModelError
from policies.model import kubernetes
from policies.model.cluster import Cluster
from policies.model.node import Node
from policies.model.pod import Pod
from scheduler.binding import Binder
from scheduler.ledger import Ledger
from scheduler.wire import BindAsked
from tests.builders import make_cluster, make_node, make_profile
from tests.fakes import FakeKube

PODS = "/api/v1/namespaces/default/pods"


class Mirror:
    """As much of the mirror as binding needs, over a Cluster; the watch tells nothing unless a test says so."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.pods: dict[str, Pod] = {}
        self.told: dict[str, str] = {}

    def assume(self, pod: Pod, node: str, devices: tuple[int, ...] | None) -> None:
        self.cluster.bind(pod, node, devices)

    def forget(self, uid: str) -> None:
        if uid in self.cluster and uid not in self.told:
            self.cluster.unbind(uid)

    def is_assumed(self, uid: str) -> bool:
        return uid in self.cluster and uid not in self.told

    def bound_to(self, uid: str) -> str:
        return self.told.get(uid, "")

    def pending_pod(self, namespace: str, name: str, uid: str) -> Pod | None:
        return self.pods.get(uid)

    def node(self, name: str) -> Node | None:
        return self.cluster.nodes.get(name)


class Bench:
    """A binder with everything around it."""

    def __init__(self, *, gpus: int = 2) -> None:
        self.kube = FakeKube()
        self.mirror = Mirror(make_cluster(make_node("n1", gpus=gpus, cpu="64"), make_node("n2", gpus=gpus, cpu="64")))
        self.ledger = Ledger(self.mirror, hold_s=30.0, clock=lambda: 0.0)
        self.engine = Engine(make_profile("gpu"))
        self.binder = Binder(
            self.kube,
            self.mirror,
            self.ledger,
            seat=self.seat,
            annotate=lambda pod, devices, _: (
                {"edgeward.dev/gpu-devices": ",".join(map(str, devices))} if devices else {}
            ),
            timeout_s=5.0,
        )

    async def seat(self, pod: Pod, node: str) -> tuple[int, ...]:
        await asyncio.sleep(0)  # the deciding thread
        nodes = self.mirror.cluster.freeze()
        devices = self.engine.devices(nodes, pod.of, nodes.slot(node))
        await asyncio.sleep(0)  # whose answer comes a turn later
        if pod.of.gpu is not None and not devices:
            raise ModelError("no GPU is left that the pod could get")
        return devices

    def add(self, name: str, *, milli: int = 0, known: bool = True) -> BindAsked:
        annotations = {"edgeward.dev/gpu-milli": str(milli)} if milli else {}
        content: dict[str, Any] = {
            "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "annotations": annotations},
            "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "100m"}}}]},
        }
        self.kube.put(PODS, content)
        if known:
            self.mirror.pods[f"uid-{name}"] = kubernetes.pod(content)
        return BindAsked(namespace="default", name=name, uid=f"uid-{name}", node="n1")

    def pod(self, name: str) -> Mapping[str, Any]:
        return self.kube.thing(f"{PODS}/{name}")


async def test_devices_and_binding_are_one_write() -> None:
    bench = Bench()
    assert await bench.binder.bind(bench.add("a", milli=500)) == ""
    (write,) = bench.kube.writes
    assert (write.verb, write.path) == ("create", f"{PODS}/a/binding")
    assert bench.pod("a")["spec"]["nodeName"] == "n1"
    assert bench.pod("a")["metadata"]["annotations"]["edgeward.dev/gpu-devices"] == "0"


async def test_fifty_binds_at_once_never_give_one_device_twice() -> None:
    bench = Bench(gpus=30)
    asked = [bench.add(f"p{number}", milli=600) for number in range(50)]
    answers = await asyncio.gather(*map(bench.binder.bind, asked))
    bound = [bench.pod(each.name) for each, answer in zip(asked, answers, strict=True) if not answer]
    assert len(bound) == 30  # one of 600 milli each on 30 devices
    devices = Counter(pod["metadata"]["annotations"]["edgeward.dev/gpu-devices"] for pod in bound)
    assert max(devices.values()) == 1
    refused = [answer for answer in answers if answer]
    assert len(refused) == 20
    assert all("no GPU is left" in answer for answer in refused)


async def test_shares_of_one_device_add_up_to_a_device_and_no_more() -> None:
    bench = Bench(gpus=1)
    answers = await asyncio.gather(*(bench.binder.bind(bench.add(f"p{n}", milli=300)) for n in range(5)))
    assert sum(not answer for answer in answers) == 3  # 3 · 300 = 900, 4 · 300 > 1000


async def test_asked_again_it_is_bound_once() -> None:
    bench = Bench()
    asked = bench.add("a", milli=500)
    assert await asyncio.gather(*(bench.binder.bind(asked) for _ in range(5))) == [""] * 5
    assert bench.pod("a")["spec"]["nodeName"] == "n1"
    assert int(bench.mirror.cluster.live().gpu_free_milli.sum()) == 4000 - 500


async def test_after_a_restart_a_pod_that_is_bound_there_is_bound() -> None:
    first = Bench()
    asked = first.add("a", milli=500)
    await first.binder.bind(asked)
    second = Bench()
    second.kube = first.kube
    second.binder = Binder(
        first.kube, second.mirror, second.ledger, seat=second.seat, annotate=lambda *_: {}, timeout_s=5.0
    )
    assert await second.binder.bind(asked) == ""
    assert first.pod("a")["metadata"]["annotations"]["edgeward.dev/gpu-devices"] == "0"


async def test_pod_that_the_watch_has_not_told_of_is_read() -> None:
    bench = Bench()
    assert await bench.binder.bind(bench.add("a", milli=500, known=False)) == ""
    assert bench.pod("a")["metadata"]["annotations"]["edgeward.dev/gpu-devices"] == "0"


async def test_pod_bound_elsewhere_says_where_and_gives_the_promise_back() -> None:
    bench = Bench()
    asked = bench.add("a", milli=500)
    bench.kube.put(PODS, {**bench.pod("a"), "spec": {**bench.pod("a")["spec"], "nodeName": "n2"}})
    answer = await bench.binder.bind(asked)
    assert "bound to n2 already" in answer
    nodes = bench.mirror.cluster.live()  # what it holds there is not free, though no watch has told of it yet
    assert nodes.gpu_free_milli[nodes.slot("n1")].tolist() == [1000, 1000]
    assert sorted(nodes.gpu_free_milli[nodes.slot("n2")].tolist()) == [500, 1000]


async def test_questions_about_one_pod_take_turns_however_many_come() -> None:
    bench = Bench()
    asked, deciding = bench.add("a", milli=500), 0
    seat = bench.seat

    async def one_at_a_time(pod: Pod, node: str) -> tuple[int, ...]:
        nonlocal deciding
        deciding += 1
        assert deciding == 1
        try:
            return await seat(pod, node)
        finally:
            deciding -= 1

    bench.binder._seat = one_at_a_time
    first = [asyncio.ensure_future(bench.binder.bind(asked)) for _ in range(2)]
    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    later = [asyncio.ensure_future(bench.binder.bind(asked)) for _ in range(3)]
    assert await asyncio.gather(*first, *later) == [""] * 5
    assert not bench.binder._busy
    assert int(bench.mirror.cluster.live().gpu_free_milli.sum()) == 4000 - 500


async def test_what_the_watch_told_is_believed_without_asking() -> None:
    bench = Bench()
    asked = bench.add("a")
    bench.mirror.told["uid-a"] = "n1"
    assert await bench.binder.bind(asked) == ""
    bench.mirror.told["uid-a"] = "n2"
    assert "bound to n2 already" in await bench.binder.bind(asked)
    assert bench.kube.writes == []


async def test_pod_made_anew_under_the_name_is_not_meant() -> None:
    bench = Bench()
    asked = bench.add("a")
    content = bench.pod("a")
    bench.kube.drop(f"{PODS}/a")
    bench.kube.put(PODS, {**content, "metadata": {**content["metadata"], "uid": "uid-another"}})
    assert "uid" in await bench.binder.bind(asked)
    assert "nodeName" not in bench.pod("a")["spec"]
    assert len(bench.ledger) == 0


@pytest.mark.parametrize(
    ("error", "held"),
    [
        pytest.param(refusal(403, "Forbidden", "no"), 0, id="refused: nothing was written"),
        pytest.param(refusal(500, "InternalError", "etcd"), 1, id="failed: it may have been written"),
        pytest.param(Unreachable("connection refused"), 1, id="no answer: it may have been written"),
    ],
)
async def test_promise_is_kept_as_long_as_the_binding_may_have_come_through(error: KubeError, held: int) -> None:
    bench = Bench()
    asked = bench.add("a", milli=500)
    bench.kube.failing = lambda verb, _: error if verb == "create" else None
    answer = await bench.binder.bind(asked)
    assert str(error) in answer
    assert "pod default/a" in answer
    assert len(bench.ledger) == held
    bench.kube.failing = lambda *_: None
    assert await bench.binder.bind(asked) == ""  # the next try has the same device
    assert int(bench.mirror.cluster.live().gpu_free_milli.sum()) == 4000 - 500


async def test_cut_off_in_the_middle_nothing_is_half_done() -> None:
    bench = Bench()
    asked = bench.add("a", milli=500)
    bench.kube.delay_s = 3600
    trying = asyncio.ensure_future(bench.binder.bind(asked))
    for _ in range(20):
        await asyncio.sleep(0)
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    bench.kube.delay_s = 0
    assert "nodeName" not in bench.pod("a")["spec"]
    assert await bench.binder.bind(asked) == ""


async def test_names_cannot_lead_to_another_path() -> None:
    bench = Bench()
    asked = BindAsked(namespace="../../nodes", name="x/../../secrets", uid="u", node="n1")
    bench.mirror.pods["u"] = kubernetes.pod({"metadata": {"name": "x"}, "spec": {"containers": []}})
    assert await bench.binder.bind(asked)
    assert bench.kube.writes[0].path == "/api/v1/namespaces/..%2F..%2Fnodes/pods/x%2F..%2F..%2Fsecrets/binding"


async def test_binding_says_what_kubernetes_wants() -> None:
    bench = Bench()
    await bench.binder.bind(bench.add("a"))
    assert msgspec.json.encode(bench.kube.writes[0].body) == msgspec.json.encode(
        {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": "a", "namespace": "default", "uid": "uid-a", "annotations": {}},
            "target": {"apiVersion": "v1", "kind": "Node", "name": "n1"},
        }
    )
