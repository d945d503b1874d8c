"""One zone or none (R2)."""

from __future__ import annotations

from policies.engine.decide import Engine
from policies.model.node import Node, NumaZone
from policies.numa import Numa
from tests.builders import make_class, make_cluster, make_node, make_pod, make_profile
from tests.policies.asked import allowed, reason, refusal, scores

TEN = make_class(cpu="10", topology_aware=True)


def test_ten_cores_never_go_on_six_and_six() -> None:
    cluster = make_cluster(make_node("split", cpu="12", zones_milli=[6_000, 6_000]))
    assert allowed(Numa(), cluster, TEN) == set()
    assert refusal(Numa(), cluster, TEN, "split") == ("numa: 6 CPUs free in the best zone < 10 requested (6 + 6 free)")
    assert allowed(Numa(), cluster, make_class(cpu="10")) == {"split"}  # who does not ask for alignment may


def test_the_tightest_zone_scores_highest() -> None:
    cluster = make_cluster(
        make_node("tight", cpu="32", zones_milli=[20_000, 10_000]),  # 10/10
        make_node("roomy", cpu="32", zones_milli=[16_000, 16_000]),  # 10/16
        make_node("small", cpu="12", zones_milli=[4_000, 8_000]),  # none
    )
    assert scores(Numa(), cluster, TEN) == {"tight": 1.0, "roomy": 0.625, "small": 0.0}
    assert reason(Numa(), cluster, TEN, "roomy") == "10 of the 16 CPUs free in the tightest zone"
    assert scores(Numa(), cluster, make_class(cpu="10")) is None


def test_what_is_placed_takes_its_zone() -> None:
    cluster = make_cluster(make_node("n", cpu="32", zones_milli=[16_000, 16_000]))
    engine = Engine(make_profile("numa"))
    placed = 0
    while (node := engine.decide(cluster.live(), TEN).node) is not None:
        cluster.bind(make_pod(f"p{placed}", of=TEN), node)
        placed += 1
    assert placed == 2  # one a zone; 12 CPUs are left, 6 + 6


def test_memory_must_be_in_the_same_zone() -> None:
    zones = (NumaZone(cpu_milli=16_000, memory_bytes=2**30), NumaZone(cpu_milli=4_000, memory_bytes=2**36))
    cluster = make_cluster(Node(name="n", allocatable={"cpu": 20_000, "memory": 2**37, "pods": 10}, numa=zones))
    pod = make_class(cpu="10", memory="2Gi", topology_aware=True)
    assert allowed(Numa(), cluster, pod) == set()
    assert refusal(Numa(), cluster, pod, "n") == (
        "numa: 1024 MiB free in the best zone with 10 CPUs < 2048 MiB requested"
    )


def test_only_whole_cpus_can_be_pinned() -> None:
    cluster = make_cluster(make_node("n", zones_milli=[8_000]))
    pod = make_class(cpu="1500m", topology_aware=True)
    assert allowed(Numa(), cluster, pod) == set()
    assert refusal(Numa(), cluster, pod, "n") == "topology-aware pods ask for whole CPUs, got 1500m"


def test_a_node_that_tells_nothing_is_refused_unless_allowed() -> None:
    cluster = make_cluster(make_node("silent", cpu="32"))
    assert allowed(Numa(), cluster, TEN) == set()
    assert refusal(Numa(), cluster, TEN, "silent") == "NUMA zones of the node are not known"
    assert allowed(Numa(unknown="allow"), cluster, TEN) == {"silent"}
    assert scores(Numa(unknown="allow"), cluster, TEN) == {"silent": 0.5}
