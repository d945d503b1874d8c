"""kube-scheduler's arithmetic, with the sums worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.model.node import Node
from policies.model.taint import Taint, Toleration
from simulations.baselines.in_tree import (
    balanced_allocation,
    least_allocated,
    most_allocated,
    pod_topology_spread,
    taint_toleration,
)
from tests.builders import make_class, make_cluster, make_node, make_pod

FOUR = make_node(cpu="4", memory="8Gi")
THREE = make_node(cpu="3", memory="7")  # divisions that do not come out even


@pytest.mark.parametrize(
    ("node", "there", "asked", "least", "most"),
    [
        # (4000 - 1000) · 100 // 4000 = 75 and (8 - 2) · 100 // 8 = 75
        (FOUR, {}, {"cpu": "1", "memory": "2Gi"}, 75, 25),
        # cpu (4000 - 3000) · 100 // 4000 = 25, memory 75: 100 // 2
        (FOUR, {"cpu": "2", "memory": "1Gi"}, {"cpu": "1", "memory": "1Gi"}, 50, 50),
        # nothing asked: 100m and 200 MiB assumed; (3900 · 100) // 4000 = 97, (8192 - 200) · 100 // 8192 = 97
        (FOUR, {}, {"cpu": "0"}, 97, 2),
        # each resource is cut before the mean is: cpu 2000 · 100 // 3000 = 66, memory 6 · 100 // 7 = 85: 151 // 2 = 75
        (THREE, {}, {"cpu": "1", "memory": "1"}, 75, 23),  # most: (33 + 14) // 2
        # over-committed counts as full: cpu 0 | 100, memory assumed 200 MiB of 7 bytes: 0 | 100
        (THREE, {"cpu": "5"}, {"cpu": "1"}, 0, 100),
        # a node that offers no memory is judged by its CPU alone
        (make_node(cpu="4", memory="0"), {}, {"cpu": "1"}, 75, 25),
        (make_node(cpu="0", memory="0"), {}, {"cpu": "1"}, 0, 0),
    ],
)
def test_fit_strategies(node: Node, there: dict[str, str], asked: dict[str, Any], least: int, most: int) -> None:
    cluster = make_cluster(node)
    if there:
        cluster.bind(make_pod("there", **there), "n1")  # type: ignore[arg-type]
    pod = make_class(**asked)
    assert least_allocated(cluster.live(), pod).tolist() == [least]
    assert most_allocated(cluster.live(), pod).tolist() == [most]


@pytest.mark.parametrize(
    ("there", "asked", "score"),
    [
        ({}, {"cpu": "1", "memory": "2Gi"}, 75),  # 100 before and after: 50 + (50 + 0) / 2
        # after: |0.5 - 0| / 2 = 0.25, 75 of 100: 50 + trunc((50 - 25) / 2) = 50 + 12
        ({}, {"cpu": "2", "memory": "0"}, 62),
        # before |0.5 - 0| / 2 → 75, after |0.5 - 0.5| → 100: 50 + trunc((50 + 25) / 2) = 50 + 37
        ({"cpu": "2"}, {"cpu": "0", "memory": "4Gi"}, 87),
        # shares above one count as one: before |1 - 0| / 2 → 50, after the same: 75
        ({"cpu": "9"}, {"cpu": "1"}, 75),
        ({"cpu": "2"}, {"cpu": "0"}, 0),  # skipped for a pod that asks for neither
    ],
)
def test_balance_is_what_the_pod_changes(there: dict[str, str], asked: dict[str, Any], score: int) -> None:
    cluster = make_cluster(FOUR)
    if there:
        cluster.bind(make_pod("there", **there), "n1")  # type: ignore[arg-type]
    assert balanced_allocation(cluster.live(), make_class(**asked)).tolist() == [score]


def test_a_balance_that_is_not_even_is_cut_as_go_does() -> None:
    # after: 1/3 of the CPU, 0 of the memory: (1 - 1/6) · 100 = 83.3, cut to 83; 50 + trunc((50 - 17) / 2) = 50 + 16
    assert balanced_allocation(make_cluster(THREE).live(), make_class(cpu="1")).tolist() == [66]


def spread(placed: dict[str, int], *nodes: Node, **asked: Any) -> list[int]:
    cluster = make_cluster(*nodes)
    for node, count in placed.items():
        for number in range(count):
            cluster.bind(make_pod(f"{node}-{number}", service="web"), node)
    scores = pod_topology_spread(cluster.live(), make_class(**{"service": "web", **asked}))
    return [int(score) for score in scores]


def zoned(name: str, zone: str) -> Node:
    return make_node(name, labels={"topology.kubernetes.io/zone": zone})


def test_spread_over_hosts() -> None:
    # weight ln(3 + 2) = 1.609; raw = count · 1.609 + 2: 0 → 2, 1 → 3.6 → 4, 3 → 6.83 → 7
    # 100 · (7 + 2 - raw) // 7: 2 → 100, 4 → 71, 7 → 28
    assert round(3 * math.log(5) + 2) == 7
    assert spread({"b": 1, "c": 3}, make_node("a"), make_node("b"), make_node("c")) == [100, 71, 28]


def test_spread_over_hosts_and_zones() -> None:
    # hosts: ln(3 + 2), + 2; zones: x has 3, y 0 with ln(2 + 2) = 1.386, + 4
    # a: 2 + 3 · 1.386 + 4 = 10.16 → 10; b: 3 · 1.609 + 2 + 4.159 + 4 = 14.99 → 15; c: 2 + 0 + 4 = 6
    # 100 · (15 + 6 - raw) // 15: a 73, b 40, c 100
    assert spread({"b": 3}, zoned("a", "x"), zoned("b", "x"), zoned("c", "y")) == [73, 40, 100]


def test_spread_counts_pods_of_a_zone_on_nodes_that_are_not_feasible() -> None:
    cluster = make_cluster(zoned("a", "x"), zoned("b", "x"), zoned("c", "y"))
    for number in range(3):
        cluster.bind(make_pod(f"p{number}", service="web"), "b")
    live = cluster.live()
    some = live.take([live.slot("a"), live.slot("c")])
    # two nodes left, two zones: both weights ln 4; a: 2 + 3 · 1.386 + 4 → 10, c: 6; 100 · (16 - raw) // 10
    assert pod_topology_spread(some, make_class(service="web")).tolist() == [60, 100]


def test_spread_is_by_service_and_namespace_and_none_without_service() -> None:
    nodes = (make_node("a"), make_node("b"))
    # raw 2 for both: 100 · (2 + 2 - 2) // 2
    assert spread({"b": 3}, *nodes, namespace="other") == [100, 100]
    assert spread({"b": 3}, *nodes, service="") == [0, 0]


def test_fewer_untolerated_soft_taints_are_better() -> None:
    def tainted(name: str, *keys: str) -> Node:
        return make_node(name, taints=[Taint(key=key, effect="PreferNoSchedule") for key in keys])

    nodes = make_cluster(tainted("a"), tainted("b", "x"), tainted("c", "x", "y", "z")).live()
    # DefaultNormalizeScore reversed: 100 - 100 · count // 3
    assert taint_toleration(nodes, make_class()).tolist() == [100, 67, 0]
    tolerant = make_class(tolerations=[Toleration(key="x", operator="Exists")])
    assert taint_toleration(nodes, tolerant).tolist() == [100, 100, 0]
    everything = make_class(tolerations=[Toleration(operator="Exists")])
    assert taint_toleration(nodes, everything).tolist() == [100, 100, 100]


@given(
    st.integers(0, 64_000), st.integers(0, 2**36), st.integers(0, 70_000), st.integers(0, 2**37), st.integers(0, 9000)
)
def test_scores_are_from_0_to_100(cpu: int, memory: int, cpu_there: int, memory_there: int, asked: int) -> None:
    cluster = make_cluster(make_node(cpu=f"{cpu}m", memory=str(memory)))
    cluster.bind(make_pod("there", cpu=f"{cpu_there}m", memory=str(memory_there)), "n1")
    pod = make_class(cpu=f"{asked}m", memory="1Mi")
    for plugin in (least_allocated, most_allocated, balanced_allocation, pod_topology_spread, taint_toleration):
        (score,) = plugin(cluster.live(), pod).tolist()
        assert 0 <= score <= 100


def test_scores_of_no_node_are_none() -> None:
    nodes = make_cluster(make_node()).live().take([])
    for plugin in (least_allocated, most_allocated, balanced_allocation, pod_topology_spread, taint_toleration):
        assert plugin(nodes, make_class(service="web")).tolist() == []
