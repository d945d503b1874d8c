"""GMostRequestedPriority prefers the emptiest node, whatever its name says."""

from __future__ import annotations

import pytest

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.g_most_requested_priority import GMostRequestedPriority
from tests.builders import make_class, make_cluster, make_node, make_pod
from tests.policies.asked import reason, scores


def test_points_are_of_what_is_free() -> None:
    cluster = make_cluster(make_node("n", cpu="4", memory="16Gi"), make_node("odd", cpu="4", memory="0"))
    cluster.bind(make_pod("there", cpu="1", memory="8Gi"), "n")
    # (100 - 25) + (100 - 50) = 125 of 200; odd: (100 - 0) + (100 - 100)
    assert scores(GMostRequestedPriority(), cluster, make_class(cpu="2")) == {"n": 0.625, "odd": 0.5}
    assert reason(GMostRequestedPriority(), cluster, make_class(), "n") == "cpu 25 %, memory 50 % requested"


def test_free_gpus_count_200_each_for_pods_that_ask() -> None:
    cluster = make_cluster(make_node("two", gpus=2), make_node("none"), make_node("many", gpus=16))
    cluster.bind(make_pod("there", cpu="0", gpus=1), "two")
    # of 200 + 200 · 8 = 1800 points: 200 + 200 · 1 = 400, 200, and 200 + 200 · 16 is more than all
    pod = make_class(gpus=1)
    assert scores(GMostRequestedPriority(), cluster, pod) == {"two": 0.2222, "none": 0.1111, "many": 1.0}
    assert scores(GMostRequestedPriority(most_gpus=16), cluster, pod) == {"two": 0.1176, "none": 0.0588, "many": 1.0}
    assert reason(GMostRequestedPriority(), cluster, pod, "two") == "cpu 0 %, memory 0 % requested, 1 GPUs free"
    assert scores(GMostRequestedPriority(), cluster, make_class()) == {"two": 1.0, "none": 1.0, "many": 1.0}


@pytest.mark.parametrize("name", ["GMostRequestedPriority", "GMostRequestPriority", "g-most-requested-priority"])
def test_the_emptiest_node_is_taken_under_all_its_names(name: str) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    cluster.bind(make_pod("there", cpu="1"), "a")
    assert shipped().policy(name) is GMostRequestedPriority
    assert Engine(shipped().alone(name)).decide(cluster.live(), make_class()).node == "b"
