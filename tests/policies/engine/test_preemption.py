"""Victims suffice, none of them can be spared, and no cheaper ones would do."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine, decide
from policies.engine.eviction import Cost, cost
from policies.engine.preemption import Victims, victims
from policies.model.cluster import Cluster
from policies.model.node import Node
from policies.model.pod import Pod
from policies.model.resident import Resident
from tests.builders import make_class, make_cluster, make_node

PROFILE = shipped().profile("edge-default")
NODE = make_node("n", cpu="4", pods=10)


class Pdb(NamedTuple):
    name: str
    disruptions_allowed: int
    namespace: str = "default"


def pod(name: str, priority: int = 0, **asked: Any) -> Pod:
    return Pod(name=name, of=make_class(**asked), priority=priority)


def residents(cluster: Cluster, node: str, starts_s: Mapping[str, float] | None = None) -> dict[str, Resident]:
    """Of a node, by name."""
    starts_s = starts_s or {}
    there = cluster.pods_on(node)
    return {p.pod.name: Resident(p, starts_s.get(p.pod.name, 0.0)) for p in there}


def names(chosen: Victims | None) -> list[str] | None:
    return None if chosen is None else [resident.placement.pod.name for resident in chosen.residents]


def picked(
    node: Node,
    there: Sequence[Pod],
    asked: Pod,
    *,
    given: Iterable[str] = (),
    budgets: Mapping[str, Sequence[Pdb]] | None = None,
    starts_s: Mapping[str, float] | None = None,
) -> Victims | None:
    """Whom we evict from a node with those pods."""
    cluster = make_cluster(node)
    for each in there:
        cluster.bind(each, node.name)
    on_it = residents(cluster, node.name, starts_s)
    nodes = cluster.freeze()
    chosen = [on_it[name] for name in given]
    others = [resident for name, resident in on_it.items() if name not in given]
    by_uid = {on_it[name].uid: told for name, told in (budgets or {}).items()}
    return victims(Engine(PROFILE), nodes, asked, nodes.slot(node.name), chosen, others, by_uid)


@pytest.mark.parametrize(
    ("there", "asked", "gone"),
    [
        pytest.param(
            [pod("a", 1, cpu="1"), pod("b", cpu="2"), pod("c", cpu="1")],
            pod("new", 5, cpu="2"),
            ["b"],  # 4000 - 4000 = 0 free, 2000 wanted: b frees 2000 alone
            id="the one that is enough",
        ),
        pytest.param(
            [pod("big", 3, cpu="2"), pod("s1", cpu="1"), pod("s2", cpu="1")],
            pod("new", 5, cpu="2"),
            ["s1", "s2"],  # highest 0 < 3, though two pods for one
            id="lowest highest priority before fewest pods",
        ),
        pytest.param(
            [pod("a", 2, cpu="1"), pod("b", 2, cpu="2"), pod("c", 1, cpu="1")],
            pod("new", 5, cpu="2"),
            ["b"],  # b: 2 + 2^31; a + c: 3 + 2 · 2^31, of the same highest 2
            id="lowest sum of priorities",
        ),
        pytest.param(
            [pod("a", -5, cpu="1"), pod("b", -5, cpu="1"), pod("c", -5, cpu="2")],
            pod("new", 0, cpu="2"),
            ["c"],  # 2^31 - 5 < 2 · (2^31 - 5)
            id="two of negative priority cost more than one",
        ),
        pytest.param(
            [pod("same", 5, cpu="3"), pod("more", 7, cpu="1")], pod("new", 5, cpu="1"), None, id="never an equal one"
        ),
        pytest.param(
            [pod("same", 5, cpu="3"), pod("less", 4, cpu="1")], pod("new", 5, cpu="1"), ["less"], id="only a lower one"
        ),
        pytest.param([pod("a", cpu="1")], pod("new", 5, cpu="5"), None, id="the node is too small"),
        pytest.param([pod("a", cpu="1")], pod("new", 5, cpu="3"), [], id="there is room already"),
        pytest.param(
            [pod("a", cpu="4")], pod("new", 5, cpu="1", origin="busan", max_rtt_ms=1.0), None, id="too far all the same"
        ),
    ],
)
def test_the_cheapest_go(there: list[Pod], asked: Pod, gone: list[str] | None) -> None:
    assert names(picked(NODE, there, asked)) == gone


def test_among_equals_the_youngest_goes() -> None:
    there = [pod(name, cpu="1") for name in ("a", "b", "c", "d")]
    starts_s = {"a": 10.0, "b": 40.0, "c": 30.0, "d": 20.0}
    assert names(picked(NODE, there, pod("new", 5, cpu="1"), starts_s=starts_s)) == ["b"]
    # the earliest start of b and c is 30, of any other two less; the most important, which runs longest, first
    assert names(picked(NODE, there, pod("new", 5, cpu="2"), starts_s=starts_s)) == ["c", "b"]


@pytest.mark.parametrize(
    ("allowed", "gone", "violated"),
    [
        pytest.param(0, ["free"], 0, id="none may go: rather one of higher priority"),
        pytest.param(1, ["a"], 0, id="one may go"),
    ],
)
def test_budgets_come_before_priorities(allowed: int, gone: list[str], violated: int) -> None:
    there = [pod("a", cpu="1"), pod("b", cpu="1"), pod("free", 3, cpu="2")]
    budget = [Pdb("web", allowed)]
    chosen = picked(NODE, there, pod("new", 5, cpu="1"), budgets={"a": budget, "b": budget})
    assert names(chosen) == gone
    assert chosen is not None
    assert chosen.pdb_violations == violated


def test_violations_are_counted_where_there_is_no_way_round() -> None:
    there = [pod("a", cpu="2"), pod("b", cpu="2")]
    budget = [Pdb("web", 1)]
    chosen = picked(NODE, there, pod("new", 5, cpu="4"), budgets={"a": budget, "b": budget})
    assert names(chosen) == ["a", "b"]
    assert chosen is not None
    assert chosen.pdb_violations == 1  # two go, one may


def test_the_holder_of_the_gpu_goes_and_who_was_picked_for_another_is_spared() -> None:
    node = make_node("n", cpu="16", gpus=["T4", "A100"])
    there = [pod("on-t4", cpu="1", gpus=1, models=["T4"]), pod("on-a100", cpu="1", gpus=1, models=["A100"])]
    asked = pod("new", 5, cpu="1", gpus=1, models=["A100"])
    # kube-scheduler sees two GPUs and two taken: either will do for it
    assert names(picked(node, there, asked, given=["on-t4"])) == ["on-a100"]
    assert names(picked(node, there, asked, given=["on-a100"])) == ["on-a100"]


def test_who_was_picked_for_what_we_cannot_see_goes_in_any_case() -> None:
    node = make_node("n", cpu="16", gpus=1)
    there = [pod("has-the-port", cpu="1"), pod("share", cpu="1", gpu_milli=700), pod("idle", cpu="1")]
    chosen = picked(node, there, pod("new", 5, cpu="1", gpu_milli=500), given=["has-the-port"])
    assert names(chosen) == ["has-the-port", "share"]


def test_who_was_picked_for_its_cpu_is_spared_when_the_gpus_holder_frees_as_much() -> None:
    node = make_node("n", cpu="4", gpus=1)
    there = [pod("cpu", cpu="2"), pod("gpu", 1, cpu="2", gpu_milli=700)]
    chosen = picked(node, there, pod("new", 5, cpu="2", gpu_milli=500), given=["cpu"])
    assert names(chosen) == ["gpu"]


def test_shares_of_one_gpu_make_room_only_together() -> None:
    node = make_node("n", cpu="16", gpus=2)
    # 300 + 500 on the first GPU, 900 on the second: 600 more fit where 800 - 500 = 300 or 0 are taken
    there = [pod("a", cpu="1", gpu_milli=300), pod("b", cpu="1", gpu_milli=500), pod("c", 4, cpu="1", gpu_milli=900)]
    assert names(picked(node, there, pod("new", 5, cpu="1", gpu_milli=600))) == ["b"]
    assert names(picked(node, there, pod("new", 5, cpu="1", gpus=1))) == ["a", "b"]  # cheaper than c, of priority 4


def test_one_zone_is_cleared_and_not_two_halves() -> None:
    node = make_node("n", cpu="12", zones_milli=[6_000, 6_000])
    there = [pod(name, cpu="3", topology_aware=True) for name in ("a", "b", "c", "d")]  # a and b share a zone
    assert names(picked(node, there, pod("new", 5, cpu="6", topology_aware=True))) == ["a", "b"]


def test_a_node_full_of_small_pods_is_cleared_in_reasonable_work() -> None:
    node = make_node("n", cpu="100", memory="400Gi", pods=110)
    there = [pod(f"p{n:03d}", n % 7, cpu="1", memory=f"{1 + n % 5}Gi") for n in range(100)]
    chosen = picked(node, there, pod("new", 10, cpu="20", memory="40Gi"))
    assert chosen is not None
    assert len(chosen.residents) >= 20  # of one CPU each
    assert max(resident.priority for resident in chosen.residents) <= 1  # 29 of priority 0 and 1: 0 alone are 15


# laws, on a node of which every set of evictions is tried


def world(rng: random.Random) -> tuple[Node, list[Pod]]:
    node = make_node(
        "n",
        cpu="6",
        memory="8Gi",
        pods=6,
        gpus=rng.choice([(), ("T4", "A100")]),
        zones_milli=rng.choice([(), (3000, 3000)]),
        usage={"link": 0.9},
    )
    there = []
    for number in range(rng.randint(1, 6)):
        gpu: dict[str, Any] = rng.choice([{}, {"gpus": 1}, {"gpu_milli": rng.choice([300, 600])}]) if node.gpus else {}
        kind: dict[str, Any] = rng.choice([{}, {}, {"network_mbps": 100}, {"topology_aware": True}])
        there.append(
            pod(
                f"p{number}",
                rng.randint(0, 4),
                cpu=rng.choice(["1", "2"]),
                memory=rng.choice(["1Gi", "3Gi"]),
                **gpu,
                **kind,
            )
        )
    return node, there


def bound(node: Node, there: Sequence[Pod], gone: Iterable[str] = ()) -> Cluster:
    """The node with its pods, those gone evicted after all were there, so that the others keep their seats."""
    cluster = make_cluster(node)
    for each in there:
        cluster.bind(each, node.name)
    for uid in gone:
        cluster.unbind(uid)
    return cluster


def has_room(node: Node, there: Sequence[Pod], gone: Iterable[str], asked: Pod) -> bool:
    return bool(decide(bound(node, there, gone).live(), asked.of, PROFILE).feasible[0])


def lacks_resources(node: Node, there: Sequence[Pod], gone: Iterable[str], asked: Pod) -> bool:
    """By the arithmetic of kube-scheduler: sums of requests, and GPUs by their number."""
    left = bound(node, there, gone).live()
    of = asked.of
    if any(left.free(name)[0] < amount for name, amount in (("pods", 1), *of.requests)):
        return True
    return of.gpu is not None and not of.gpu.is_shared and int((left.gpu_free_milli[0] >= 1000).sum()) < of.gpu.count


@drawn(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_victims_suffice_and_no_cheaper_ones_would_do(seed: int) -> None:
    rng = random.Random(seed)
    node, there = world(rng)
    gpu: dict[str, Any] = rng.choice([{}, {"gpus": 1, "models": ["A100"]}, {"gpu_milli": 500}]) if node.gpus else {}
    kind: dict[str, Any] = rng.choice([{}, {"topology_aware": True}, {"network_mbps": 50}])
    asked = pod("new", 3, cpu=rng.choice(["1", "3"]), memory=rng.choice(["1Gi", "5Gi"]), **gpu, **kind)
    cluster = bound(node, there)
    all_there = {
        name: resident._replace(started_s=float(rng.randint(0, 3)))
        for name, resident in residents(cluster, "n").items()
    }
    told = [Pdb("x", rng.randint(0, 2)), Pdb("y", rng.randint(0, 1))]
    budgets = {r.uid: rng.sample(told, rng.choice([0, 0, 1, 2])) for r in all_there.values() if told[0][1]}
    lower = [r for r in all_there.values() if r.priority < 3]
    given = rng.sample(lower, rng.randint(0, min(2, len(lower))))
    others = [r for r in all_there.values() if r not in given]

    nodes = cluster.freeze()
    chosen = victims(Engine(PROFILE), nodes, asked, 0, given, others, budgets)

    fixed = {r.uid for r in given if not lacks_resources(node, there, [o.uid for o in given if o is not r], asked)}
    enough: dict[frozenset[str], Cost] = {}
    for size in range(len(lower) + 1):
        for some in combinations(lower, size):
            uids = frozenset(r.uid for r in some)
            if fixed <= uids and has_room(node, there, uids, asked):
                enough[uids] = cost(some, budgets)
    if chosen is None:
        assert not enough
        return
    uids = frozenset(chosen.uids)
    assert all(resident.priority < 3 for resident in chosen.residents)
    assert uids in enough
    assert enough[uids] == min(enough.values())
    assert chosen.pdb_violations == enough[uids][0]
    assert not any(uids - {spared} in enough for spared in uids)
    importance = [(-r.priority, r.started_s) for r in chosen.residents]
    assert importance == sorted(importance)
