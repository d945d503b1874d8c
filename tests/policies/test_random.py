"""Every feasible node with the same chance, and the same answer for the same inputs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.model.cluster import Cluster
from policies.random import Random
from tests.builders import make_class, make_cluster, make_node, make_pod, make_profile
from tests.policies.asked import devices

NODES = 8
DRAWS = 4_000


def draws(policy: Random, cluster: Cluster, number: int) -> list[str]:
    """The node chosen after each of so many changes that leave all as it was."""
    engine = Engine(make_profile(policy, top_score=10))
    chosen = []
    for _ in range(number):
        cluster.set_ready("n0", ready=True)  # grows the version
        chosen.append(str(engine.decide(cluster.live(), make_class()).node))
    return chosen


def cluster_of(size: int = NODES) -> Cluster:
    return make_cluster(*(make_node(f"n{i}") for i in range(size)))


def chi_square(counts: list[int]) -> float:
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_nodes_are_drawn_evenly(seed: int) -> None:
    chosen = draws(Random(seed=seed), cluster_of(), DRAWS)
    counts = [chosen.count(f"n{i}") for i in range(NODES)]
    assert chi_square(counts) < 24.3  # 7 degrees of freedom: less than 24.3 in 999 of 1000 fair draws


def test_only_feasible_nodes_are_drawn() -> None:
    cluster = cluster_of()
    for name in ("n1", "n3", "n5"):
        cluster.bind(make_pod(f"on-{name}", cpu="4"), name)
    chosen = draws(Random(), cluster, DRAWS)
    counts = [chosen.count(f"n{i}") for i in (0, 2, 4, 6, 7)]
    assert sum(counts) == DRAWS
    assert chi_square(counts) < 18.5  # 4 degrees of freedom, 999 of 1000


def test_one_draw_says_nothing_of_the_next() -> None:
    chosen = draws(Random(), cluster_of(2), DRAWS)
    again = sum(a == b for a, b in pairwise(chosen))
    assert abs(again - DRAWS / 2) < 3.3 * (DRAWS / 4) ** 0.5  # 3.3 standard deviations: 999 of 1000


def test_the_same_inputs_give_the_same_and_another_seed_another() -> None:
    assert draws(Random(), cluster_of(), 50) == draws(Random(), cluster_of(), 50)
    assert draws(Random(), cluster_of(), 50) != draws(Random(seed=1), cluster_of(), 50)


@pytest.mark.parametrize("top_score", [1, 10, 1000])
def test_the_drawn_node_is_the_only_best_one_after_rounding(top_score: int) -> None:
    cluster = cluster_of(500)
    decision = Engine(make_profile(Random(), top_score=top_score)).decide(cluster.live(), make_class())
    assert (decision.integers == top_score).sum() == 1
    assert np.sort(decision.scores)[-2] < 0.5


def test_devices_are_drawn_evenly_among_those_that_fit() -> None:
    cluster = make_cluster(make_node("n0", cpu="64", gpus=5))
    cluster.bind(make_pod("there", cpu="0", gpu_milli=700), "n0", (2,))
    pod, counts = make_class(gpu_milli=500), [0] * 5
    for _ in range(DRAWS):
        cluster.set_ready("n0", ready=True)
        (device,) = devices(Random(), cluster, pod, "n0") or ()
        counts[device] += 1
    assert counts[2] == 0
    assert chi_square([count for device, count in enumerate(counts) if device != 2]) < 16.3  # 3 degrees, 999 of 1000
    pair = devices(Random(), cluster, make_class(gpus=2), "n0")
    assert pair is not None
    assert len(set(pair)) == 2
    assert devices(Random(), cluster, make_class(gpus=5), "n0") is None


def test_it_is_found_by_its_name() -> None:
    assert shipped().policy("random") is Random
