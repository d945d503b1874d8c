"""Nodes: what changes a decision comes through at once, what does not costs nothing."""

from __future__ import annotations

import pytest

from policies.errors import ModelError
from policies.model.site import Tier
from tests.kube.mirror.contents import TIER, a_node, a_pod, free_cpu, make_mirror


def test_new_node_is_there_and_deleted_node_is_not() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    assert mirror.snapshot().slots_of(["n1"]).tolist() == [0]
    mirror.nodes.drop(a_node("n1"))
    assert mirror.snapshot().slots_of(["n1"]).tolist() == [-1]
    assert mirror.node("n1") is None


def test_deleted_node_that_comes_back_as_it_was_is_there_again() -> None:
    mirror = make_mirror()
    for _ in range(2):
        mirror.nodes.put(a_node("n1"))
        assert mirror.node("n1") is not None
        mirror.nodes.drop(a_node("n1"))
        assert mirror.node("n1") is None


@pytest.mark.parametrize("status", ["False", "Unknown"])
def test_node_that_is_not_ready_drops_out_within_its_event_and_comes_back(status: str) -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.nodes.put(a_node("n1", ready=status))
    assert mirror.snapshot().ready.tolist() == [False]
    mirror.nodes.put(a_node("n1"))
    assert mirror.snapshot().ready.tolist() == [True]


def test_heartbeat_changes_nothing_and_is_told_to_nobody() -> None:
    mirror = make_mirror()
    told: list[str] = []
    mirror.nodes.put(a_node("n1"))
    before = mirror.snapshot()
    mirror.on_change(told.append)
    mirror.nodes.put(a_node("n1"))
    noisy = a_node("n1")
    noisy["status"]["conditions"].append({"type": "DiskPressure", "status": "True"})
    mirror.nodes.put(noisy)
    assert mirror.snapshot() is before
    assert told == []


def test_node_that_cannot_be_read_drops_out_and_says_why_until_it_can() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.pods.put(a_pod("p1", node="n1"))
    with pytest.raises(ModelError, match="must be one of edge, cloud, got 'egde'"):
        mirror.nodes.put(a_node("n1", labels={TIER: "egde"}))
    assert mirror.node("n1") is None
    assert "egde" in mirror.nodes.unreadable["n1"]
    mirror.nodes.put(a_node("n1", labels={TIER: "edge"}))
    assert mirror.nodes.unreadable == {}
    assert free_cpu(mirror) == 3500  # 4000 - 500: its pod is charged again


def test_list_drops_the_nodes_that_it_leaves_out_also_when_one_of_them_cannot_be_read() -> None:
    mirror = make_mirror()
    for name in ("n1", "n2", "n3"):
        mirror.nodes.put(a_node(name))
    mirror.nodes.begin()
    mirror.nodes.put(a_node("n1"))  # broken off here, and begun anew
    mirror.nodes.begin()
    mirror.nodes.put(a_node("n2"))
    with pytest.raises(ModelError):
        mirror.nodes.put(a_node("n3", cpu="4x"))
    mirror.nodes.settle()
    assert set(mirror.cluster.nodes) == {"n2"}
    assert set(mirror.nodes.unreadable) == {"n3"}


def test_sites_follow_the_labels_of_their_nodes() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", site="seoul"))
    mirror.nodes.put(a_node("n2", site="seoul", labels={TIER: "cloud", "topology.kubernetes.io/region": "kr"}))
    (seoul,) = mirror.snapshot().sites
    assert (seoul.name, seoul.tier, seoul.region) == ("seoul", Tier.CLOUD, "kr")
    mirror.nodes.put(a_node("n2", site="busan"))
    assert [(site.name, site.tier) for site in mirror.snapshot().sites] == [("busan", Tier.EDGE), ("seoul", Tier.EDGE)]
    mirror.nodes.drop(a_node("n1"))
    assert mirror.snapshot().sites.names == ("busan",)


def test_pods_alone_never_make_sites_new() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", site="seoul"))
    sites = mirror.snapshot().sites
    mirror.pods.put(a_pod("p1", node="n1"))
    assert mirror.snapshot().sites is sites


def test_kinds_of_change_tell_gpus_apart() -> None:
    mirror = make_mirror()
    told: list[str] = []
    mirror.on_change(told.append)
    mirror.nodes.put(a_node("n1"))
    mirror.nodes.put(a_node("n1", gpus=2))
    mirror.nodes.put(a_node("n1", gpus=2, ready="False"))
    assert told == ["nodes", "nodes", "gpu", "nodes"]
