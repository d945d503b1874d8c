"""The fuller the better."""

from __future__ import annotations

import pytest

from policies.binpack import Binpack
from policies.engine.decide import Engine
from policies.model.gpu import Gpu
from policies.model.node import Node
from tests.builders import make_class, make_cluster, make_node, make_pod, make_profile
from tests.policies.asked import reason, scores


def test_score_is_the_mean_share_with_the_pod() -> None:
    cluster = make_cluster(make_node("n", cpu="4", memory="8Gi"))
    cluster.bind(make_pod("there", cpu="2", memory="1Gi"), "n")
    # cpu (2 + 1)/4 = 0.75; memory (1 + 1)/8 = 0.25; mean 0.5
    assert scores(Binpack(), cluster, make_class(cpu="1", memory="1Gi")) == {"n": 0.5}
    assert reason(Binpack(), cluster, make_class(cpu="1", memory="1Gi"), "n") == (
        "allocated with the pod: cpu 75%, memory 25%"
    )


def test_weights_are_of_resources() -> None:
    cluster = make_cluster(make_node("n", cpu="4", memory="8Gi"))
    # cpu 1/4, memory 4/8: (3 · 0.25 + 1 · 0.5)/4 = 0.3125
    assert scores(Binpack(weights={"cpu": 3, "memory": 1}), cluster, make_class(cpu="1", memory="4Gi")) == {"n": 0.3125}


def test_gpus_and_extended_resources_count_for_those_who_ask() -> None:
    policy = Binpack(weights={"cpu": 1, "gpu": 1, "example.com/fpga": 2})
    cluster = make_cluster(
        Node(name="n", allocatable={"cpu": 4_000, "pods": 110, "example.com/fpga": 4}, gpus=(Gpu(), Gpu()))
    )
    cluster.bind(make_pod("there", cpu="0", gpu_milli=500), "n")
    assert scores(policy, cluster, make_class(cpu="2")) == {"n": 0.5}  # cpu alone: 2/4
    # cpu 2/4, gpu (500 + 500)/2000: (0.5 + 0.5)/2
    assert scores(policy, cluster, make_class(cpu="2", gpu_milli=500)) == {"n": 0.5}
    # cpu 2/4, fpga 1/4: (0.5 + 2 · 0.25)/3
    assert scores(policy, cluster, make_class(cpu="2", requests={"example.com/fpga": 1})) == {"n": 0.3333}


def test_an_over_committed_node_is_full_and_one_without_the_resource_scores_0() -> None:
    cluster = make_cluster(make_node("full", cpu="1"), make_node("odd", cpu="0", memory="0"))
    cluster.bind(make_pod("there", cpu="3", memory="0"), "full")
    # cpu min(1, 3.5/1) = 1, memory 0
    assert scores(Binpack(), cluster, make_class()) == {"full": 0.5, "odd": 0.0}


@pytest.mark.parametrize(("policy", "node"), [("binpack", "used"), ("spread", "idle")])
def test_binpack_fills_and_spread_does_not(policy: str, node: str) -> None:
    cluster = make_cluster(make_node("idle"), make_node("used"))
    cluster.bind(make_pod("there", cpu="2"), "used")
    assert Engine(make_profile(policy)).decide(cluster.live(), make_class()).node == node
