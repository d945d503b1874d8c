"""The decision log: what it holds can be played again to the same answers, whatever happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.engine.catalogue import shipped
from policies.model.latency import LatencyMatrix
from policies.model.pod import Pod
from policies.model.site import Tier
from scheduler.deciding import Decider
from simulations.decision_log.play import play, whole_lines
from tests.builders import make_class, make_latency, make_node, make_pod
from tests.scheduler.desk_parts import Parts, asked_pod, nodes_asked

T = TypeVar("T")
NODES = ("a1", "a2", "b1", "c1")
SITES = {"a1": "a", "a2": "a", "b1": "b", "c1": "c"}
CLASSES = [
    make_class(cpu="1", origin="a", preferred="local"),
    make_class(cpu="500m", gpu_milli=300),
    make_class(cpu="2", gpus=1, service="db"),
    make_class(cpu="2", topology_aware=True),
]
WISHES = [
    {"edgeward.dev/preferred": "local", "edgeward.dev/origin": "a", "edgeward.dev/fallback": "neighbor,cloud"},
    {"edgeward.dev/gpu-milli": "300"},
    {"edgeward.dev/max-rtt-ms": "20", "edgeward.dev/origin": "a=0.5,b=0.5"},
    {"edgeward.dev/profile": "gpu-packing", "edgeward.dev/gpu-count": "1", "edgeward.dev/depends-on": "db"},
    {"edgeward.dev/topology-aware": "true"},
]
steps = st.one_of(
    st.tuples(st.just("node"), st.sampled_from(NODES), st.integers(1, 16)),
    st.tuples(st.just("gone"), st.sampled_from(NODES), st.just(0)),
    st.tuples(st.just("ready"), st.sampled_from(NODES), st.integers(0, 1)),
    st.tuples(st.just("usage"), st.sampled_from(NODES), st.integers(0, 3)),
    st.tuples(st.just("bind"), st.sampled_from(NODES), st.integers(0, 8)),
    st.tuples(st.just("unbind"), st.just(""), st.integers(0, 8)),
    st.tuples(st.just("latency"), st.just(""), st.integers(1, 60)),
    st.tuples(st.just("ask"), st.just(""), st.integers(0, 4)),
    st.tuples(st.just("some"), st.sampled_from(NODES), st.integers(0, 4)),
)


class Never(Decider):
    """Decides nothing."""

    async def ask(self, work: Callable[[], T], *, is_short: bool = False) -> T:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # it never comes


def latency(ms: float) -> LatencyMatrix:
    return make_latency(["a", "b", "c"], {("a", "b"): ms, ("a", "c"): 2 * ms})


async def happen(parts: Parts, number: int, what: str, node: str, amount: int) -> None:
    cluster = parts.cluster
    match what:
        case "node":
            tier = Tier.CLOUD if SITES[node] == "c" else Tier.EDGE
            cluster.set_node(
                make_node(node, site=SITES[node], tier=tier, cpu=str(amount), gpus=amount % 4, zones_milli=[2000, 3000])
            )
        case "gone" if node in cluster.nodes:
            cluster.remove_node(node)
        case "ready" if node in cluster.nodes:
            cluster.set_ready(node, ready=bool(amount))
        case "usage" if node in cluster.nodes:
            cluster.set_usage(node, "cpu", amount / 3 if amount else float("nan"))
        case "bind" if f"u{amount}" not in cluster:
            cluster.bind(Pod(name=f"p{amount}", uid=f"u{amount}", of=CLASSES[amount % 4]), node)
        case "unbind" if f"u{amount}" in cluster:
            cluster.unbind(f"u{amount}")
        case "latency":
            cluster.set_latency(latency(amount), now_s=float(amount), fresh_s=30.0)
        case "ask" | "some":
            names = list(NODES) if what == "ask" else [node, "nowhere"]
            asked = nodes_asked(asked_pod(f"q{number}", annotations=WISHES[amount]), names)
            answer = await parts.placer.filter(asked)
            parts.recent.begin(asked.pod.uid)  # so that prioritize decides anew, and is a question of its own
            await parts.placer.prioritize(nodes_asked(asked.pod, answer.passed))


async def live(history: list[tuple[str, str, int]], path: Path, *, max_bytes: int, begin_at: int) -> int:
    parts = Parts(path=path, max_bytes=max_bytes, keep=50)
    try:
        for number, (what, node, amount) in enumerate(history):
            if number == begin_at:
                parts.begin_log()
            await happen(parts, number, what, node, amount)
        assert parts.problems == []
    finally:
        parts.close()
    return sum(what in ("ask", "some") for what, _, _ in history[begin_at:])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=st.lists(steps, min_size=5, max_size=40), begin_at=st.integers(0, 4), small=st.booleans())
def test_every_decision_is_made_again_with_the_same_answer(
    history: list[tuple[str, str, int]], begin_at: int, small: bool
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "decisions.jsonl")
        asked = asyncio.run(live(history, path, max_bytes=2_000 if small else 1 << 30, begin_at=begin_at))
        files = sorted(Path(folder).iterdir())
        played = [play(whole_lines(file.read_bytes()), source=file.name, known=shipped()) for file in files]
    assert [each.differences for each in played if each.differences] == []
    same = sum((each.same.total() for each in played), 0)
    if small:
        assert same > 0 or not asked  # a question whose answer is in the next file is lost with the file's end
    else:
        assert same == 2 * asked  # filter and prioritize
        assert len(files) == 1


async def test_another_policy_has_other_answers(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    history = [("node", name, 8) for name in NODES] + [("latency", "", 5)] + [("ask", "", 0)] * 3
    await live(history, path, max_bytes=1 << 30, begin_at=0)
    played = play(whole_lines(path.read_bytes()), source="x", known=shipped(), instead=shipped().named("binpack"))
    assert played.different["prioritize"] == 3
    assert played.differences[0].pod == "default/q5"


async def test_scores_that_prioritize_answers_are_in_the_filters_line(tmp_path: Path) -> None:
    parts = Parts(path=tmp_path / "log")
    for name in NODES:
        await happen(parts, 0, "node", name, 8)
    parts.begin_log()
    asked = nodes_asked(asked_pod(annotations=WISHES[0]), list(NODES))
    passed = (await parts.placer.filter(asked)).passed
    scores = await parts.placer.prioritize(nodes_asked(asked.pod, passed))
    parts.close()
    (answered,) = [line for line in whole_lines((tmp_path / "log").read_bytes()) if b'"answered"' in line]
    by_name = [score for _, score in sorted(zip(passed, scores, strict=True))]
    assert msgspec.json.decode(answered)["integers"] == by_name


async def test_question_that_nobody_waits_for_is_closed(tmp_path: Path) -> None:
    parts = Parts(path=tmp_path / "log", decider=Never())
    parts.cluster.set_node(make_node("a1"))
    parts.begin_log()
    for number in range(5):
        asking = asyncio.ensure_future(parts.placer.filter(nodes_asked(asked_pod(f"p{number}"), ["a1"])))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert not parts.log._asked
    parts.close()
    played = play(whole_lines((tmp_path / "log").read_bytes()), source="x", known=shipped())
    assert (played.unanswered, played.same.total()) == (5, 0)


async def test_log_that_was_cut_off_is_played_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    await live([("node", "a1", 4), ("ask", "", 0)], path, max_bytes=1 << 30, begin_at=0)
    content = path.read_bytes()
    played = play(whole_lines(content[:-20]), source="x", known=shipped())
    assert played.same.total() == 1
    assert played.unanswered == 1


def test_full_file_is_renamed_and_the_oldest_removed(tmp_path: Path) -> None:
    parts = Parts(path=tmp_path / "log", max_bytes=3_000, keep=2)
    parts.begin_log()
    for number in range(100):
        parts.cluster.set_node(make_node("a1", cpu=str(number + 1)))
    parts.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    for file in tmp_path.iterdir():
        play(whole_lines(file.read_bytes()), source=file.name, known=shipped())


def test_state_that_is_larger_than_a_file_may_be_does_not_begin_a_new_one_with_each_line(tmp_path: Path) -> None:
    parts = Parts(path=tmp_path / "log", max_bytes=1_000, keep=1_000)
    for number in range(50):
        parts.cluster.set_node(make_node(f"n{number}"))
    parts.begin_log()
    state = parts.log._written
    assert state > 5_000
    for number in range(50):
        parts.cluster.set_node(make_node("n0", cpu=str(number + 1)))
    parts.close()
    files = list(tmp_path.iterdir())
    written = sum(file.stat().st_size for file in files)
    # each file is 1,000 bytes longer than its state, but for the last
    assert (len(files) - 1) * (state + 1_000) <= written
    assert len(files) > 1


async def test_answer_whose_question_is_in_the_file_before_is_not_written(tmp_path: Path) -> None:
    parts = Parts(path=tmp_path / "log")
    parts.cluster.set_node(make_node("a1"))
    parts.begin_log()
    pod, nodes = make_pod("p"), parts.cluster.freeze()
    question = parts.log.ask("prioritize", pod, "edge-default", nodes, ["a1"])
    parts.begin_log()
    parts.log.prioritized(question, [7])
    parts.close()
    assert b"answered" not in (tmp_path / "log").read_bytes()
    assert not parts.log._asked


async def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    parts = Parts()
    parts.begin_log()
    parts.cluster.set_node(make_node("a1"))
    asked = nodes_asked(asked_pod(), ["a1"])
    assert (await parts.placer.filter(asked)).passed == ["a1"]
    assert not parts.log.is_open
    parts.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full to write to")
async def test_full_disk_is_told_and_does_not_keep_pods_from_being_placed() -> None:
    parts = Parts(path=Path("/dev/full/x"))
    parts.begin_log()
    assert len(parts.problems) == 1
    asked = nodes_asked(asked_pod(), ["a1"])
    parts.cluster.set_node(make_node("a1"))
    assert (await parts.placer.filter(asked)).passed == ["a1"]
    assert len(parts.problems) == 1  # tried again a minute later, not at every line
    parts.now += 61
    parts.cluster.set_node(make_node("a2"))
    assert len(parts.problems) == 2
    parts.close()


async def test_log_goes_on_when_the_disk_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "not-yet"
    parts = Parts(path=folder / "log")
    parts.begin_log()
    parts.cluster.set_node(make_node("a1"))
    folder.mkdir()
    parts.now += 61
    parts.cluster.set_node(make_node("a2"))
    parts.close()
    lines = whole_lines((folder / "log").read_bytes())
    assert sum(b'"entry":"node"' in line for line in lines) == 2
