"""Virtual functions and full links (R7)."""

from __future__ import annotations

from dataclasses import replace

from policies.engine.decide import Engine
from policies.model.node import Node
from policies.network_path import NetworkPath
from tests.builders import make_class, make_cluster, make_node, make_pod, make_profile
from tests.policies.asked import allowed, reason, refusal, scores

VF = NetworkPath().resource


def with_vfs(name: str, vfs: int, **usage: float) -> Node:
    node = make_node(name, usage=usage)
    return replace(node, allocatable={**node.allocatable, VF: vfs})


def test_two_vfs_a_node_and_the_third_pod_goes_on() -> None:
    cluster = make_cluster(*(with_vfs(name, 2) for name in ("a", "b")), make_node("c"))
    engine = Engine(make_profile("network-path"))
    chosen = []
    for number in range(4):
        pod = make_pod(f"p{number}", requests={VF: 1})
        node = engine.decide(cluster.live(), pod.of).node
        assert node is not None
        cluster.bind(pod, node)
        chosen.append(node)
    assert sorted(chosen) == ["a", "a", "b", "b"]
    assert chosen[:2] == ["a", "b"]  # first where most are left
    assert engine.decide(cluster.live(), make_class(requests={VF: 1})).node is None


def test_score_is_the_share_of_vfs_left() -> None:
    cluster = make_cluster(with_vfs("n", 4), make_node("none"))
    cluster.bind(make_pod("there", requests={VF: 1}), "n")
    # (3 - 1)/4
    assert scores(NetworkPath(), cluster, make_class(requests={VF: 1})) == {"n": 0.5, "none": 0.0}
    assert reason(NetworkPath(), cluster, make_class(requests={VF: 1}), "n") == f"2 of 4 {VF} left with the pod"
    assert scores(NetworkPath(resource="mellanox.com/vf"), cluster, make_class(requests={VF: 1})) is None


def test_at_most_one_heavy_talker_on_a_saturated_link() -> None:
    cluster = make_cluster(
        make_node("free", usage={"link": 0.1}), make_node("full", usage={"link": 0.8}),
        make_node("taken", usage={"link": 0.8}), make_node("unknown"),
    )  # fmt: skip
    heavy = make_class(network_mbps=500)
    for node in ("taken", "free", "unknown"):
        cluster.bind(make_pod(f"on-{node}", of=heavy), node)
    assert allowed(NetworkPath(), cluster, heavy) == {"free", "full", "unknown"}
    assert refusal(NetworkPath(), cluster, heavy, "taken") == ("link 80% in use >= 80% with 1 transfer-heavy pod there")
    assert allowed(NetworkPath(), cluster, make_class()) == {"free", "full", "taken", "unknown"}
    # 1 - use; not measured 1 - 0.5
    assert scores(NetworkPath(), cluster, heavy) == {"free": 0.9, "full": 0.2, "taken": 0.2, "unknown": 0.5}


def test_with_both_wishes_it_is_the_mean() -> None:
    cluster = make_cluster(with_vfs("n", 2, link=0.4))
    # VFs (2 - 1)/2 = 0.5, link 1 - 0.4 = 0.6
    assert scores(NetworkPath(), cluster, make_class(network_mbps=1, requests={VF: 1})) == {"n": 0.55}
