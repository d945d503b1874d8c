from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine.decide import NO_NODE, Engine
from policies.engine.fit import dynamic_fit, static_fit
from policies.engine.weight import recommended_weight
from policies.model.cluster import Cluster
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot
from simulations.baselines.in_tree import Ints
from simulations.baselines.kube_scheduler import DEFAULT_PLUGINS, KubeScheduler, Plugin, nodes_to_find
from tests.builders import make_class, make_cluster, make_metro, make_node, make_pod, make_profile


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("nodes", "percent", "find"),
    [
        (0, None, 0),
        (99, None, 99),
        (100, None, 100),  # 50 % would be 50: at least 100
        (250, None, 120),  # 50 - 250 // 125 = 48 %
        (1000, None, 420),  # 50 - 8 = 42 %
        (5000, None, 500),  # 50 - 40 = 10 %
        (6000, None, 300),  # 50 - 48 = 2: at least 5 %
        (1000, 100, 1000),
        (1000, 30, 300),
        (1000, 1, 100),
    ],
)
def test_how_many_nodes_are_looked_for(nodes: int, percent: int | None, find: int) -> None:
    assert nodes_to_find(nodes, percent) == find


def test_ties_are_broken_evenly() -> None:
    cluster = make_cluster(*(make_node(f"n{number}") for number in range(5)))
    scheduler = KubeScheduler(DEFAULT_PLUGINS, rng(1))
    counts = Counter(scheduler.choose(cluster.live(), make_class()) for _ in range(2000))
    chi_square = sum((counts[slot] - 400) ** 2 / 400 for slot in range(5))
    assert sum(counts.values()) == 2000
    assert chi_square < 18.5  # 99.9 % of fair draws, 4 degrees of freedom


def test_random_takes_any_feasible_node_evenly() -> None:
    cluster = make_cluster(*(make_node(f"n{number}", cpu=str(number + 1)) for number in range(4)))
    scheduler = KubeScheduler({}, rng(2))
    counts = Counter(scheduler.choose(cluster.live(), make_class(cpu="2")) for _ in range(3000))
    assert set(counts) == {1, 2, 3}
    assert sum((counts[slot] - 1000) ** 2 / 1000 for slot in counts) < 13.8  # 2 degrees of freedom


def test_the_same_seed_gives_the_same_choices() -> None:
    def choices(seed: int) -> list[int]:
        scheduler, live = KubeScheduler(DEFAULT_PLUGINS, rng(seed)), make_metro().live()
        return [scheduler.choose(live, make_class()) for _ in range(20)]

    assert choices(7) == choices(7)
    assert choices(7) != choices(8)


def test_the_default_spreads_pods_of_a_service() -> None:
    cluster = make_cluster(*(make_node(f"n{number}") for number in range(4)))
    scheduler = KubeScheduler(DEFAULT_PLUGINS, rng(3))
    for number in range(4):
        pod = make_pod(f"p{number}", service="web")
        cluster.bind(pod, f"n{scheduler.choose(cluster.live(), pod.of)}")
    assert cluster.live().count("service:default/web").tolist() == [1, 1, 1, 1]


def test_sampling_goes_on_where_it_stopped() -> None:
    cluster = make_cluster(*(make_node(f"n{number:03d}") for number in range(300)))
    scheduler = KubeScheduler({}, rng(4), percent=None)  # 48 % of 300 are 144
    live = cluster.live()
    first = {scheduler.choose(live, make_class()) for _ in range(1)}
    assert max(first) < 144
    assert 144 <= scheduler.choose(live, make_class()) < 288
    third = scheduler.choose(live, make_class())
    assert third >= 288 or third < 132


def test_sampling_finds_the_only_node_wherever_it_is() -> None:
    cluster = make_cluster(*(make_node(f"n{number:03d}", gpus=int(number == 250)) for number in range(300)))
    scheduler = KubeScheduler(DEFAULT_PLUGINS, rng(5), percent=None)
    for _ in range(5):
        assert scheduler.choose(cluster.live(), make_class(gpus=1)) == 250


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_a_pod_is_refused_exactly_when_no_node_fits_whatever_was_asked_before(seed: int) -> None:
    dice = random.Random(seed)
    cluster = make_metro()
    schedulers = (
        KubeScheduler(DEFAULT_PLUGINS, rng(seed)),
        KubeScheduler(DEFAULT_PLUGINS, rng(seed), extender=Engine(make_profile("hint", "best-fit", tiers="best"))),
    )
    classes = (make_class(cpu="3", service="web"), make_class(cpu="1", gpus=2), make_class(cpu="4", origin="seoul"))
    bound: list[str] = []
    for number in range(40):
        of = dice.choice(classes)
        nodes = cluster.live()
        fits = static_fit(nodes, of) & dynamic_fit(nodes, of)
        for scheduler in schedulers:
            slot = scheduler.choose(nodes, of)
            assert fits[slot] if fits.any() else slot == NO_NODE
        if fits.any() and dice.random() < 0.8:
            bound.append(cluster.bind(make_pod(f"p{number}", of), str(nodes.name[np.flatnonzero(fits)[0]])).pod.uid)
        elif bound and dice.random() < 0.5:
            cluster.unbind(bound.pop(dice.randrange(len(bound))))
        elif dice.random() < 0.3:
            cluster.set_ready("busan-1", ready=dice.random() < 0.5)


def against(seed: int) -> Plugin:
    """An in-tree score of 0 or 100 for each node, as bad as it gets for the hint."""
    dice = rng(seed)
    return lambda nodes, pod: np.where(dice.random(len(nodes)) < 0.5, 0, 100)


def filled(seed: int) -> Cluster:
    dice, cluster = random.Random(seed), make_metro()
    for number in range(dice.randrange(12)):
        node = dice.choice(cluster.live().name.tolist())
        if cluster.live().free("cpu")[cluster.live().slot(node)] >= 1500:
            cluster.bind(make_pod(f"p{number}", cpu="1500m"), node)
    return cluster


@pytest.mark.parametrize("tiers", ["", "best"])
@pytest.mark.parametrize("top_score", [10, 100])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_with_the_recommended_weight_a_better_tier_always_wins(tiers: str, top_score: int, seed: int) -> None:
    profile = make_profile("hint", ("latency", 2.0), top_score=top_score, tiers=tiers)
    engine = Engine(profile)
    plugins = {against(seed): 12}  # all the weight that the in-tree plugins have together
    scheduler = KubeScheduler(plugins, rng(seed), extender=engine, weight=recommended_weight(profile))
    cluster = filled(seed)
    for hint in ("local", "neighbor", "cloud"):
        pod = make_class(cpu="1500m", origin="seoul", preferred=hint)
        decision = engine.decide(cluster.live(), pod)
        slot = scheduler.choose(cluster.live(), pod)
        if not decision.feasible.any():
            assert slot == NO_NODE
        else:
            assert decision.tiers[slot] == decision.tiers[decision.feasible].min()


def test_with_one_less_the_in_tree_scores_could_win() -> None:
    profile = make_profile("hint", top_score=3)
    cluster = make_metro()

    def for_jeju(nodes: Snapshot, pod: PodClass) -> Ints:
        return np.where(nodes.name == "cloud-1", 100, 0)

    pod = make_class(origin="seoul", preferred="neighbor", fallback="local,cloud")
    for weight, winner in ((recommended_weight(profile), "busan"), (recommended_weight(profile) // 3, "cloud")):
        scheduler = KubeScheduler({for_jeju: 12}, rng(), extender=Engine(profile), weight=weight)
        assert cluster.live().name[scheduler.choose(cluster.live(), pod)].startswith(winner)


def test_why_a_node_was_refused_comes_from_the_extender_or_the_filters() -> None:
    cluster = make_metro()
    live = cluster.live()
    pod = make_class(cpu="5", origin="seoul", max_rtt_ms=1.0)
    alone = KubeScheduler({}, rng()).refusal(live, pod, live.slot("busan-1"))
    assert alone is not None
    assert (alone.policy, alone.reason, alone.unresolvable) == ("fit", "cpu 4000m free < 5000m requested", True)
    both = KubeScheduler({}, rng(), extender=Engine(make_profile("latency"))).refusal(live, pod, live.slot("busan-1"))
    assert both is not None
    assert both.policy == "latency"
    assert KubeScheduler({}, rng()).refusal(live, make_class(), live.slot("busan-1")) is None


def test_gpus_are_the_best_fitting_ones_or_the_extenders() -> None:
    cluster = make_cluster(make_node("n1", gpus=3))
    cluster.bind(make_pod("there", gpu_milli=500), "n1", devices=(1,))
    pod = make_class(gpu_milli=600)
    assert KubeScheduler({}, rng()).devices(cluster.live(), pod, 0) == (0,)
    extender = Engine(make_profile("fragmentation"))
    assert KubeScheduler({}, rng(), extender=extender).devices(cluster.live(), pod, 0) == extender.devices(
        cluster.live(), pod, 0
    )
