"""Binding with all parts together: GPUs are seated, annotated and charged, and promises kept or given back."""

from __future__ import annotations

from pathlib import Path

import pytest

from kube.errors import Unreachable
from policies.engine.catalogue import shipped
from simulations.decision_log.play import play, whole_lines
from tests.kube.mirror.contents import a_node, a_pod
from tests.scheduler.assembled import Assembled, assembled, to, waiting
from tests.scheduler.desk_parts import asked_pod, nodes_asked

DEVICES = "edgeward.dev/gpu-devices"
GPU = {"edgeward.dev/gpu-milli": "600"}


def bound_with(there: Assembled, name: str = "p") -> dict[str, str]:
    found: dict[str, str] = there.kube.thing(f"/api/v1/namespaces/default/pods/{name}")["metadata"]["annotations"]
    return found


async def test_shared_gpu_is_seated_annotated_and_charged_before_the_watch_tells() -> None:
    with assembled() as there:
        there.mirror.nodes.put(a_node("g", gpus=2))
        for name in ("p", "q"):
            there.pending(waiting(name, annotations=GPU))
            assert await there.desk.bind(to("g", name)) == ""
        devices = {bound_with(there, name)[DEVICES] for name in ("p", "q")}
        assert devices == {"0", "1"}  # 600 + 600 milli go on no device of 1000
        free = there.mirror.snapshot().gpu_free_milli[0].tolist()
        assert free[:2] == [400, 400]
        assert len(there.assembly.ledger) == 2


async def test_gpushares_device_plugin_finds_its_annotations() -> None:
    with assembled() as there:
        node = a_node("g")
        node["status"]["allocatable"] |= {"aliyun.com/gpu-mem": "16", "aliyun.com/gpu-count": "1"}
        node["status"]["capacity"] = node["status"]["allocatable"]
        there.mirror.nodes.put(node)
        pod = waiting()
        pod["spec"]["containers"][0]["resources"]["limits"] = {"aliyun.com/gpu-mem": "4"}
        there.pending(pod)
        there.now = 12.5
        assert await there.desk.bind(to("g")) == ""
        written = bound_with(there)
        assert written["ALIYUN_COM_GPU_MEM_IDX"] == "0"
        assert written["ALIYUN_COM_GPU_MEM_POD"] == "4"
        assert written["ALIYUN_COM_GPU_MEM_ASSIGNED"] == "false"
        assert written["ALIYUN_COM_GPU_MEM_ASSUME_TIME"] == "12500000000"  # 12.5 s in ns


@pytest.mark.parametrize(
    ("node", "said"),
    [
        pytest.param("nowhere", "node nowhere is not known yet, so neither are its GPUs", id="unknown node"),
        pytest.param("g", "no GPU that it could get is left there: [400, 0] milli are free", id="no room"),
    ],
)
async def test_bind_that_cannot_seat_says_what_is_free_and_writes_nothing(node: str, said: str) -> None:
    with assembled() as there:
        there.mirror.nodes.put(a_node("g", gpus=2))
        there.mirror.pods.put(a_pod("a", node="g", annotations=GPU | {DEVICES: "0"}))
        there.mirror.pods.put(a_pod("b", node="g", gpus=1, annotations={DEVICES: "1"}))
        there.pending(waiting(annotations=GPU))
        answer = await there.desk.bind(to(node))
        assert answer == f"pod default/p cannot be bound to {node}: {said}"
        assert there.kube.writes == []
        assert len(there.assembly.ledger) == 0


async def test_pod_without_a_gpu_is_bound_where_asked_though_the_node_is_not_known() -> None:
    with assembled() as there:
        there.pending(waiting())
        assert await there.desk.bind(to("nowhere")) == ""
        assert bound_with(there) == {}


async def test_promise_that_nobody_keeps_is_given_back_and_told(caplog: pytest.LogCaptureFixture) -> None:
    with assembled(bind={"reserve_s": 60}) as there:
        there.mirror.nodes.put(a_node("g", gpus=1))
        there.pending(waiting(annotations=GPU))
        there.kube.failing = lambda verb, _: Unreachable("connection reset") if verb == "create" else None
        assert "connection reset" in await there.desk.bind(to("g"))
        there.now += 59
        there.assembly.housekeeping()
        assert there.mirror.snapshot().gpu_free_milli[0, 0] == 400  # it may have been written
        there.now += 1
        with caplog.at_level("WARNING", logger="scheduler.assembly"):
            there.assembly.housekeeping()
        assert there.mirror.snapshot().gpu_free_milli[0, 0] == 1000
        (record,) = caplog.records
        assert record.getMessage() == "a promised place was never taken"
        assert record.__dict__["pod"] == "default/p"
        assert record.__dict__["node"] == "g"


async def test_promise_that_the_watch_confirms_is_struck_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    with assembled() as there:
        there.mirror.nodes.put(a_node("g", gpus=1))
        there.pending(waiting(annotations=GPU))
        await there.desk.bind(to("g"))
        there.mirror.pods.put(a_pod("p", uid="uid-p", node="g", annotations=bound_with(there)))
        there.assembly.housekeeping()
        assert len(there.assembly.ledger) == 0
        there.now += 1000
        there.assembly.housekeeping()
        assert caplog.records == []
        assert there.mirror.snapshot().gpu_free_milli[0, 0] == 400


async def test_pod_whose_binding_was_not_confirmed_is_not_refused_for_what_it_holds_itself() -> None:
    with assembled() as there:
        for name in ("g1", "g2"):
            there.mirror.nodes.put(a_node(name, gpus=1))
        content = waiting(annotations=GPU)
        there.pending(content)
        there.kube.failing = lambda verb, _: Unreachable("connection reset") if verb == "create" else None
        await there.desk.bind(to("g1"))
        asked = nodes_asked(asked_pod(annotations=GPU), ["g1", "g2"])
        assert (await there.desk.filter(asked)).passed == ["g1"]
        there.kube.failing = lambda *_: None
        assert await there.desk.bind(to("g1")) == ""


async def test_decision_log_has_binds_and_plays_again(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    with assembled(decisions={"path": str(path)}) as there:
        there.mirror.nodes.put(a_node("g", gpus=2))
        there.assembly.begin_log()
        for name in ("p", "q"):
            there.pending(waiting(name, annotations=GPU))
            await there.desk.filter(nodes_asked(asked_pod(name, annotations=GPU), ["g"]))
            assert await there.desk.bind(to("g", name)) == ""
        there.config_map("profiles", {"mine.yaml": "policies: [{policy: binpack}]"})
        there.assembly.housekeeping()
        lines = whole_lines(path.read_bytes())
        assert sum(b'"entry":"profiles"' in line for line in lines) == 1
        played = play(lines, source="log", known=shipped())
        assert (played.same["filter"], played.same["devices"]) == (2, 2)
        assert not played.different
