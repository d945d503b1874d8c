"""One decision; above all that an engine's memory never changes an answer."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic.dataclasses import dataclass

from policies.engine.catalogue import shipped
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats, Ints, Scope, best_devices
from policies.engine.decide import NO_NODE, Engine, decide
from policies.engine.explain import explain
from policies.engine.fit import dynamic_fit, static_fit
from policies.engine.profile import Profile, Step
from policies.errors import BrokenPolicyError
from policies.model.cluster import Cluster
from policies.model.demand import Demand
from policies.model.node import Node
from policies.model.pod import PodClass
from policies.model.site import Tier
from policies.model.snapshot import Snapshot
from policies.model.taint import Taint, Toleration
from tests.builders import make_class, make_cluster, make_latency, make_metro, make_node, make_pod, make_profile

CLASSES = (
    make_class(cpu="500m", service="web", origin="seoul", preferred="local"),
    make_class(cpu="1", service="web", origin="seoul", preferred="local", fallback="[busan,s1],cloud", required=True),
    make_class(cpu="2", origin="seoul=0.5,busan=0.5", max_rtt_ms=20.0),
    make_class(cpu="250m", gpu_milli=300, origin="busan", preferred="cloud"),
    make_class(cpu="1", gpus=2, models=("A100",)),
    make_class(cpu="100m", node_selector={"disk": "ssd"}, tolerations=(Toleration(operator="Exists"),)),
    make_class(cpu="0", requests={"vf": 1}),
    make_class(cpu="1", memory="3Gi"),
)
NAMES = tuple(f"n{number}" for number in range(7))


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Lonely(FilterScorer):
    """Scope CLUSTER: prefers sites with fewer web pods, and refuses a node that has three."""

    scope: ClassVar[Scope] = Scope.CLUSTER

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return nodes.count("service:default/web") < 3

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        everywhere = nodes.whole
        by_site = np.bincount(everywhere.site, everywhere.count("service:default/web"), minlength=len(nodes.sites))
        score: Floats = 1 / (1 + by_site[nodes.site])
        return score


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Relative(FilterScorer):
    """Scope CLUSTER: free CPU relative to the feasible nodes' most."""

    scope: ClassVar[Scope] = Scope.CLUSTER

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        free = np.maximum(nodes.free("cpu"), 0)
        return free / max(1, int(free.max(initial=0)))


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Halves(FilterScorer):
    """Scope NODE with tiers: nodes that are more than half full come second; ones with three pods are refused."""

    scope: ClassVar[Scope] = Scope.NODE

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return nodes.requested("pods") < 3

    def levels(self, pod: PodClass) -> int:
        return 2

    def tier(self, nodes: Snapshot, pod: PodClass) -> Ints:
        return (2 * nodes.free("cpu") < nodes.allocatable("cpu")).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Careless(FilterScorer):
    """Scope NODE, and gives out the columns themselves, whole numbers and views: allowed, as nothing forbids it."""

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return nodes.ready

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return (nodes.free("cpu") > 2000).astype(np.int64) if len(nodes) > 1 else np.full(len(nodes), 0.5)


PROFILES = {
    "static": make_profile("hint", "latency"),
    "static, few integers": make_profile("hint", "latency", top_score=2),
    "node": make_profile("best-fit", ("fragmentation", 2.0)),
    "node with tiers": make_profile(Halves(), "best-fit", "hint"),
    "static and node": make_profile("hint", ("latency", 3.0), ("binpack", 1.0), "gpu-packing", "gpu-clustering"),
    "cluster by sites": make_profile(Lonely()),
    "cluster twice": make_profile(Relative(), Lonely()),
    "all scopes": make_profile("hint", Lonely(), Halves(), "best-fit", Relative()),
    "best tier": make_profile("hint", "best-fit", tiers="best", top_score=10),
    "best tier, two nodes": make_profile("hint", "latency", "dot-product", tiers="best", nodes=2, top_score=10),
    "two nodes, static": make_profile("hint", "latency", nodes=2, top_score=5),
    "one node, all scopes": make_profile("hint", Lonely(), "best-fit", nodes=1, top_score=3),
}


def random_node(rng: random.Random, name: str) -> Node:
    site = rng.choice(["seoul", "busan", "s1", "cloud"])
    return make_node(
        name,
        cpu=rng.choice(["2", "4", "8"]),
        memory=rng.choice(["4Gi", "16Gi"]),
        gpus=rng.choice([(), ("T4",), ("A100", "A100", "A100")]),
        site=site,
        tier=Tier.CLOUD if site == "cloud" else Tier.EDGE,
        labels={"disk": rng.choice(["ssd", "hdd"])} if rng.random() < 0.5 else {},
        taints=(Taint(key="gpu"),) if rng.random() < 0.2 else (),
        resources={"vf": 2} if rng.random() < 0.3 else {},
    )


def happen(rng: random.Random, cluster: Cluster, bound: list[str], number: int) -> None:
    names = [name for name in NAMES if name in set(cluster.live().name.tolist())]
    what = rng.choices(
        ["node", "remove", "ready", "usage", "bind", "unbind", "latency"], weights=[2, 1, 2, 1, 9, 4, 1]
    )[0]
    if what == "node" or not names:
        cluster.set_node(random_node(rng, rng.choice(NAMES)))
    elif what == "remove":
        cluster.remove_node(rng.choice(names))
    elif what == "ready":
        cluster.set_ready(rng.choice(names), ready=rng.random() < 0.6)
    elif what == "usage":
        cluster.set_usage(rng.choice(names), "cpu", rng.random())
    elif what == "latency":
        sites = ("seoul", "busan", "s1", "cloud")
        pairs = {(a, b): rng.choice([3.0, 12.0, 30.0, 80.0]) for a in sites for b in sites if a < b}
        cluster.set_latency(make_latency(sites, pairs))
    elif what == "bind":
        pod = make_pod(f"p{number}", rng.choice(CLASSES))
        cluster.bind(pod, rng.choice(names))
        bound.append(pod.uid)
    elif bound:
        cluster.unbind(bound.pop(rng.randrange(len(bound))))


def start(rng: random.Random) -> Cluster:
    return make_cluster(*(random_node(rng, name) for name in NAMES[:5]), rtt_ms={})


@pytest.mark.parametrize("name", PROFILES)
@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_memory_never_changes_an_answer(name: str, seed: int) -> None:
    rng = random.Random(seed)
    profile = PROFILES[name]
    engine, cluster = Engine(profile), start(rng)
    bound: list[str] = []
    for number in range(16):
        for _ in range(rng.choice([0, 1, 1, 2, 9])):  # few and many rows change between two questions
            happen(rng, cluster, bound, 100 * number + len(bound) + rng.randrange(10**9))
        nodes = cluster.freeze() if rng.random() < 0.3 else cluster.live()
        for pod in rng.sample(CLASSES, 4):
            fresh = decide(nodes, pod, profile)
            assert engine.choose(nodes, pod) == fresh.slot
            assert engine.fits(nodes, pod) == fresh.feasible.sum()
            kept = engine.decide(nodes, pod)
            assert kept.node == fresh.node
            for array in ("order", "integers", "scores", "tiers", "feasible", "passed"):
                assert getattr(kept, array).tolist() == getattr(fresh, array).tolist(), array


class Counting(FilterScorer):
    """Notes of how many nodes it is asked."""

    asked: ClassVar[list[int]] = []

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        self.asked.append(len(nodes))
        return np.ones(len(nodes))


def test_frozen_snapshots_of_several_buffers_are_one_story_to_the_memory() -> None:
    cluster = make_cluster(*(make_node(f"n{number}") for number in range(5)))
    engine = Engine(make_profile(Counting()))
    Counting.asked.clear()
    held: list[Snapshot] = []
    buffers = set()
    for number in range(6):
        nodes = cluster.freeze()
        engine.decide(nodes, make_class())
        engine.decide(cluster.freeze(), make_class())  # nothing changed, so nothing is asked
        cluster.bind(make_pod(f"p{number}", cpu="100m"), f"n{number % 5}")
        held = [*held, nodes][-2:]  # so that the next one is in another buffer
        buffers.add(nodes.free_all.__array_interface__["data"][0])
    assert len(buffers) > 1
    assert Counting.asked == [5, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("name", PROFILES)
@given(st.integers(0, 2**32))
@settings(max_examples=12)
def test_laws_of_a_decision(name: str, seed: int) -> None:
    rng = random.Random(seed)
    profile = PROFILES[name]
    cluster = start(rng)
    bound: list[str] = []
    for number in range(20):
        happen(rng, cluster, bound, number)
    nodes, engine = cluster.live(), Engine(profile)
    for pod in CLASSES:
        decision = engine.decide(nodes, pod)
        feasible = set(np.flatnonzero(decision.feasible).tolist())
        passed = set(np.flatnonzero(decision.passed).tolist())
        assert feasible <= set(np.flatnonzero(static_fit(nodes, pod) & dynamic_fit(nodes, pod)).tolist())
        assert passed <= feasible
        assert bool(passed) == bool(feasible)  # a shortlist never leaves a pod without a node that had one
        assert sorted(decision.order.tolist()) == sorted(passed)
        assert decision.slot == (decision.order[0] if feasible else NO_NODE)
        assert decision.node == (nodes.name[decision.slot] if feasible else None)
        assert decision.integers.min(initial=0) >= 0
        assert decision.integers.max(initial=0) <= profile.top_score
        assert not decision.integers[~decision.passed].any()
        integers = decision.integers[decision.order].tolist()
        assert integers == sorted(integers, reverse=True)
        check_shortlist(profile, decision.tiers, feasible, passed)
        for row in range(len(nodes)):
            if not nodes.name[row]:
                continue
            refusal = engine.refusal(nodes, pod, row)
            assert (refusal is None) == (row in passed), refusal
            if refusal is not None:
                assert refusal.node == nodes.name[row]
                assert refusal.reason
                assert (refusal.policy == "shortlist") == (row in feasible)
                assert not (refusal.policy == "shortlist" and refusal.unresolvable)
        left = [row for row in range(len(nodes) - 1, -1, -1) if nodes.name[row] and row not in passed]
        assert engine.refusals(nodes, pod, decision, left) == [engine.refusal(nodes, pod, row) for row in left]
        assert engine.refusals(nodes, pod, decision, sorted(passed)) == []


def check_shortlist(profile: Profile, tiers: Ints, feasible: set[int], passed: set[int]) -> None:
    shortlist = profile.shortlist
    if shortlist is None:
        assert passed == feasible
        return
    best = min((int(tiers[row]) for row in feasible), default=0)
    candidates = {row for row in feasible if shortlist.tiers == "all" or tiers[row] == best}
    assert passed <= candidates
    assert len(passed) == min(len(candidates), shortlist.nodes or len(candidates))
    if passed:  # who is left out is of no better tier than who is on it
        assert max(int(tiers[row]) for row in passed) <= min(
            (int(tiers[row]) for row in candidates - passed), default=10**6
        )


# what the hint promises


def at(cluster: Cluster, profile: Profile, pod: PodClass) -> str | None:
    return decide(cluster.live(), pod, profile).node


def test_local_then_neighbour_then_cloud_and_home_again() -> None:
    cluster, profile = make_metro(), make_profile("hint")
    pod = make_class(cpu="4", origin="seoul", preferred="local")
    went = []
    for number in range(8):
        node = at(cluster, profile, pod)
        assert node is not None
        cluster.bind(make_pod(f"p{number}", pod), node)
        went.append(node)
    assert went == ["seoul-1", "seoul-2", "busan-1", "busan-2", "cloud-1", "cloud-2", "jeju-1", "jeju-2"]
    assert at(cluster, profile, pod) is None
    cluster.unbind("default/p1")
    assert at(cluster, profile, pod) == "seoul-2"


@pytest.mark.parametrize(
    ("origin", "node", "allowed"),
    [
        pytest.param("", "busan-1", {"busan-1", "busan-2"}, id="the profile's where the pod has none"),
        pytest.param("seoul", "seoul-1", {"seoul-1", "seoul-2"}, id="the pod's own before the profile's"),
    ],
)
def test_a_pod_that_says_no_origin_has_the_profiles(origin: str, node: str, allowed: set[str]) -> None:
    profile = replace(make_profile("hint", "latency"), origin=Demand.parse("busan"))
    nodes, engine = make_metro().live(), Engine(profile)
    pod = make_class(origin=origin, preferred="local", max_rtt_ms=1.0)
    decision = engine.decide(nodes, pod)
    assert (decision.node, engine.choose(nodes, pod)) == (node, decision.slot)
    assert engine.fits(nodes, pod) == 2
    assert set(nodes.name[decision.passed]) == allowed
    told = engine.refusal(nodes, pod, nodes.slot("jeju-1"))
    assert told is not None
    assert f"from {origin or 'busan'}" in told.reason
    best = explain(engine, nodes, pod).nodes[0]
    assert f"from {origin or 'busan'}" in next(o.reason for o in best.opinions if o.policy == "latency")


def test_equal_nodes_are_taken_in_order_of_their_names() -> None:
    cluster = make_cluster(*(make_node(name) for name in ("b", "c", "a")))
    decision = decide(cluster.live(), make_class(), make_profile("best-fit"))
    assert [str(cluster.live().name[slot]) for slot in decision.order] == ["a", "b", "c"]


def test_a_name_decides_also_when_scores_differ_by_less_than_an_integer() -> None:
    cluster = make_cluster(make_node("a", cpu="100"), make_node("b", cpu="101"))
    profile = make_profile("spread", top_score=10)
    decision = decide(cluster.live(), make_class(cpu="1"), profile)
    assert decision.scores[1] > decision.scores[0]
    assert decision.node == "a"


def test_only_the_candidates_are_looked_at() -> None:
    cluster = make_metro()
    nodes = cluster.live()
    pod = make_class(origin="seoul", preferred="local")
    offered = np.zeros(len(nodes), dtype=np.bool_)
    offered[[nodes.slot("jeju-1"), nodes.slot("cloud-1")]] = True
    decision = decide(nodes, pod, make_profile("hint", tiers="best"), offered)
    assert decision.node == "cloud-1"
    assert decision.feasible.sum() == 2
    assert decision.passed.sum() == 1


@pytest.mark.parametrize("top_score", [2, 10, 100])
def test_without_the_shortlist_all_feasible_nodes_pass_and_better_tiers_still_win(top_score: int) -> None:
    nodes, pod = make_metro().live(), make_class(origin="seoul", preferred="cloud")
    profile = make_profile("hint", "latency", tiers="best", nodes=1, top_score=top_score)
    short, long = Engine(profile).decide(nodes, pod), Engine(profile).decide(nodes, pod, shortlist=False)
    assert short.passed.sum() == 1
    assert long.passed.tolist() == long.feasible.tolist() == short.feasible.tolist()
    assert long.node == short.node
    # cloud is the wish, and by latency the farthest: tiers must not be outscored
    assert long.integers[long.tiers == 0].min() > long.integers[long.tiers == 1].max()


def test_a_left_out_node_is_told_so_and_eviction_is_not_ruled_out() -> None:
    cluster = make_metro()
    engine = Engine(make_profile("hint", tiers="best"))
    pod = make_class(origin="seoul", preferred="local")
    refusal = engine.refusal(cluster.live(), pod, cluster.live().slot("cloud-1"))
    assert refusal is not None
    assert (refusal.node, refusal.policy, refusal.unresolvable) == ("cloud-1", "shortlist", False)


@pytest.mark.parametrize(
    ("there", "asked", "node", "policy", "reason", "unresolvable"),
    [
        ({}, {"max_rtt_ms": 4.0}, "busan-1", "latency", "rtt p95 5 ms > 4 ms from seoul, probe 0 s ago", True),
        ({}, {"latency_class": "remote-control"}, "busan-1", "latency", "latency 5 ms > 1 ms (remote-control)", True),
        ({}, {"preferred": "local", "required": True}, "busan-1", "hint",
         "site busan is neighbor to seoul, 5 ms away, required local", True),
        ({"cpu": "4"}, {}, "busan-1", "fit", "cpu 0m free < 500m requested", False),
        ({"cpu": "4"}, {"cpu": "8"}, "busan-1", "fit", "cpu 0m free < 8000m requested", True),
        ({"cpu": "4"}, {"max_rtt_ms": 4.0}, "busan-1", "latency", "rtt p95 5 ms > 4 ms", True),
        ({}, {"gpus": 1}, "busan-1", "fit", "gpu 0 on the node < 1 requested", True),
    ],
    ids=["limit", "class", "hint", "full now", "too small", "full and too far", "no GPU"],
)  # fmt: skip
def test_a_refused_node_is_told_why_with_the_number(
    there: dict[str, Any], asked: dict[str, Any], node: str, policy: str, reason: str, unresolvable: bool
) -> None:
    cluster = make_metro()
    if there:
        cluster.bind(make_pod("there", **there), node)
    engine = Engine(make_profile("hint", "latency"))
    pod = make_class(origin="seoul", **asked)
    refusal = engine.refusal(cluster.live(), pod, cluster.live().slot(node))
    assert refusal is not None
    assert (refusal.policy, refusal.unresolvable) == (policy, unresolvable)
    assert reason in refusal.reason


def test_what_no_eviction_can_change_is_told_before_what_it_could() -> None:
    cluster = make_cluster(make_node("n1", cpu="4"))
    for number in range(3):
        cluster.bind(make_pod(f"p{number}", cpu="0"), "n1")
    engine = Engine(make_profile(Halves()))  # refuses it, for its three pods
    refusal = engine.refusal(cluster.live(), make_class(cpu="5"), 0)
    assert refusal is not None
    assert (refusal.policy, refusal.unresolvable) == ("fit", True)


def test_nodes_refused_for_the_same_cause_and_number_get_the_same_words() -> None:
    # kube-scheduler's event then says `400 rtt p95 …` instead of 400 sentences
    cluster = make_cluster(
        *(make_node(f"s{n}", site="seoul", cpu="1") for n in range(3)),
        *(make_node(f"b{n}", site="busan") for n in range(3)),
        rtt_ms={("seoul", "busan"): 5.1},
    )
    nodes, engine = cluster.live(), Engine(make_profile("latency"))
    pod = make_class(cpu="2", origin="seoul", latency_class="remote-control")
    told = engine.refusals(nodes, pod, engine.decide(nodes, pod), range(6))
    assert [refusal.node for refusal in told] == ["s0", "s1", "s2", "b0", "b1", "b2"]
    assert {refusal.reason for refusal in told} == {
        "cpu 1000m free < 2000m requested",
        "latency 5.1 ms > 1 ms (remote-control) from seoul, probe 0 s ago",
    }
    assert all(refusal.unresolvable for refusal in told)


def test_a_node_that_was_no_candidate_is_not_refused() -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    engine, nodes = Engine(make_profile("best-fit")), cluster.live()
    decision = engine.decide(nodes, make_class(), np.array([True, False]))
    assert engine.refusals(nodes, make_class(), decision, [0, 1]) == []


def test_gpus_are_those_of_the_first_policy_with_an_opinion() -> None:
    cluster = make_cluster(make_node("n1", gpus=4))
    cluster.bind(make_pod("there", gpu_milli=500), "n1", devices=(2,))
    live = cluster.live()
    pod = make_class(gpu_milli=300)
    assert Engine(make_profile("best-fit")).devices(live, pod, 0) == (2,)  # the least room
    assert Engine(make_profile("best-fit")).devices(live, make_class(gpus=2), 0) == (0, 1)
    assert Engine(make_profile("best-fit")).devices(live, make_class(), 0) == ()


def test_an_empty_cluster_has_no_node() -> None:
    nodes = Cluster().live()
    for profile in PROFILES.values():
        engine = Engine(profile)
        for pod in CLASSES:
            assert engine.choose(nodes, pod) == NO_NODE
            assert engine.decide(nodes, pod).node is None
            assert engine.fits(nodes, pod) == 0


def test_a_score_out_of_range_names_policy_node_and_value() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
    class Proud(FilterScorer):
        def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
            return np.where(nodes.name == "n2", 1.5, 0.5)

    cluster = make_cluster(make_node("n1"), make_node("n2"))
    with pytest.raises(BrokenPolicyError, match=r"policy Proud .*: score of node n2 must be from 0 to 1, got 1\.5"):
        decide(cluster.live(), make_class(), make_profile(Proud()))


def test_a_policy_may_give_out_columns_and_whole_numbers() -> None:
    cluster = make_cluster(*(make_node(name) for name in NAMES))
    profile = make_profile(Careless())
    engine = Engine(profile)
    pod = make_class(cpu="1")
    for number, name in enumerate(NAMES):
        assert engine.choose(cluster.live(), pod) >= 0
        cluster.bind(make_pod(f"p{number}", cpu="3"), name)
    engine.choose(cluster.live(), pod)
    # one row at a time, it says 0.5, which whole numbers have no room for
    engine = Engine(profile)
    engine.choose(cluster.live(), pod)
    cluster.unbind("default/p3")
    assert engine.decide(cluster.live(), pod).scores[3] == 0.5


def test_a_resource_or_a_zone_that_a_node_tells_later_changes_the_shape_and_no_answer() -> None:
    cluster = make_cluster(make_node("n1"), make_node("n2"))
    engine = Engine(make_profile("best-fit"))
    pods = (make_class(cpu="1"), make_class(cpu="1", requests={"vf": 1}))
    assert [engine.choose(cluster.live(), pod) for pod in pods] == [0, NO_NODE]
    cluster.set_node(make_node("n2", resources={"vf": 2}, zones_milli=(4000,)))
    cluster.bind(make_pod("p", cpu="4"), "n1")
    assert [engine.choose(cluster.live(), pod) for pod in pods] == [1, 1]


def test_weights_of_zero_leave_the_filter_and_no_say() -> None:
    cluster = make_metro()
    pod = make_class(origin="seoul", max_rtt_ms=10.0)
    decision = decide(cluster.live(), pod, make_profile(("latency", 0.0)))
    assert not decision.scores.any()
    assert decision.feasible.sum() == 4  # seoul and busan


def test_memory_is_bounded_and_forgetting_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.engine.scores._CELLS", 24)  # three classes of eight nodes
    cluster, profile = make_metro(), make_profile("hint", "best-fit")
    engine = Engine(profile)
    for cores in (1, 2, 3, 4, 5, 1, 2, 3):
        pod = make_class(cpu=str(cores), origin="seoul", preferred="cloud")
        assert engine.choose(cluster.live(), pod) == decide(cluster.live(), pod, profile).slot
        assert len(engine.cache._standings) <= 3
        assert len(engine.cache._parts) <= 3


def test_a_shared_pod_never_gets_a_gpu_that_cannot_take_it_however_bad_the_others_score() -> None:
    cluster = make_cluster(make_node("n", cpu="96", gpus=8))
    cluster.bind(make_pod("there", cpu="0", gpu_milli=800), "n", (0,))
    hog = make_class(cpu="96", gpu_milli=500)  # strands all other GPUs: every usable device scores 0
    for name in ("fragmentation", "gpu-stranding", "edge-default", "gpu-packing"):
        engine, nodes = Engine(shipped().named(name)), cluster.live()
        assert engine.choose(nodes, hog) == 0
        (device,) = engine.devices(nodes, hog, 0)
        assert device != 0, name


def test_the_better_tier_wins_even_with_more_tiers_than_integers() -> None:
    places = [f"s{number:02d}" for number in range(20)]
    cluster = make_cluster(make_node("a", site="s19"), make_node("b", site="s12"), rtt_ms={("s12", "s19"): 5.0})
    pod = make_class(origin="s19", fallback=",".join(places))
    decision = Engine(make_profile("hint", top_score=10)).decide(cluster.live(), pod)
    assert decision.node == "b"


class _Broken(FilterScorer):
    """Answers as it is told to."""

    __slots__ = ("answer",)

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        return np.asarray(self.answer, dtype=np.float64)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(RuntimeError("boom"), "RuntimeError: boom", id="raises"),
        pytest.param([1.0], r"one entry for each of 2 nodes, got shape \(1,\)", id="too few"),
        pytest.param([0.5, np.nan], "score of node b must be from 0 to 1, got nan", id="not a number"),
    ],
)
def test_a_policy_that_fails_is_named_with_its_file(answer: object, said: str) -> None:
    profile = Profile(name="mine", steps=(Step(name="broken", policy=_Broken(answer)),))
    nodes = make_cluster(make_node("a"), make_node("b")).live()
    with pytest.raises(BrokenPolicyError, match=rf"policy _Broken \(.*test_decide\.py\): .*{said}"):
        Engine(profile).choose(nodes, make_class())


@pytest.mark.parametrize(
    ("by_device", "score", "device"),
    [
        pytest.param([[0.2, 0.7, 0.7]], 0.7, 1, id="the first of the best"),
        pytest.param([[np.nan, 0.0]], 0.0, 1, id="a bad one that can be taken is better than a good one that cannot"),
        pytest.param([[np.nan, np.nan]], 0.0, -1, id="none can be taken"),
        pytest.param([[]], 0.0, -1, id="no device at all"),
    ],
)
def test_the_best_device_is_one_that_can_be_taken(by_device: list[list[float]], score: float, device: int) -> None:
    scores, devices = best_devices(np.array(by_device))
    assert (scores.tolist(), devices.tolist()) == ([score], [device])
