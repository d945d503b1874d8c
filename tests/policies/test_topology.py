"""Replicas apart or together, over four kinds of domains."""

from __future__ import annotations

from typing import Any

import pytest

from policies.engine.decide import Engine
from policies.model.cluster import Cluster
from policies.model.site import Site, Sites
from policies.topology import Topology
from tests.builders import make_class, make_cluster, make_node, make_pod, make_profile
from tests.policies.asked import allowed, reason, refusal, scores

WEB = make_class(service="web")
REGION, ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"


def three_hosts() -> Cluster:
    """Two replicas on a, one on b, none on c; a and b in one site and zone, all in one region."""
    cluster = make_cluster(
        make_node("a", site="s1", labels={REGION: "r", ZONE: "z1"}),
        make_node("b", site="s1", labels={REGION: "r", ZONE: "z1"}),
        make_node("c", site="s2", labels={REGION: "r", ZONE: "z2"}),
    )
    for number, node in enumerate("aab"):
        cluster.bind(make_pod(f"w{number}", of=WEB), node)
    cluster.bind(make_pod("other", service="db"), "c")
    return cluster


@pytest.mark.parametrize(
    ("settings", "score"),
    [
        # 1 / (1 + n - least n)
        pytest.param({"over": "host"}, {"a": 0.3333, "b": 0.5, "c": 1.0}, id="host: n = 2, 1, 0"),
        pytest.param({"over": "site"}, {"a": 0.25, "b": 0.25, "c": 1.0}, id="site: n = 3, 3, 0"),
        pytest.param({"over": "zone"}, {"a": 0.25, "b": 0.25, "c": 1.0}, id="zone: n = 3, 3, 0"),
        pytest.param({"over": "region"}, {"a": 1.0, "b": 1.0, "c": 1.0}, id="region: n = 3 for all"),
        # n / most n
        pytest.param(
            {"over": "host", "mode": "together"}, {"a": 1.0, "b": 0.5, "c": 0.0}, id="together: 2/2, 1/2, 0/2"
        ),
        pytest.param(
            {"over": "site", "mode": "together"}, {"a": 1.0, "b": 1.0, "c": 0.0}, id="together: 3/3, 3/3, 0/3"
        ),
    ],
)
def test_score(settings: dict[str, Any], score: dict[str, float]) -> None:
    assert scores(Topology(**settings), three_hosts(), WEB) == score


def test_the_least_is_that_of_the_feasible_nodes_but_replicas_count_everywhere() -> None:
    cluster = three_hosts()
    some = cluster.live().take([0, 1])
    score = Topology(over="host").score(some, WEB)
    assert score is not None
    assert score.tolist() == [0.5, 1.0]  # n = 2, 1; least 1


def test_the_first_replica_may_go_anywhere_and_a_pod_of_no_service_too() -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    assert scores(Topology(mode="together"), cluster, WEB) == {"a": 1.0, "b": 1.0}
    assert scores(Topology(), cluster, make_class()) is None


def test_replicas_go_round_the_sites() -> None:
    cluster = make_cluster(*(make_node(f"{site}-{n}", site=site) for site in ("s1", "s2", "s3") for n in (1, 2)))
    engine = Engine(make_profile("topology"))
    sites = []
    for number in range(6):
        node = engine.decide(cluster.live(), WEB).node
        assert node is not None
        cluster.bind(make_pod(f"w{number}", of=WEB), node)
        sites.append(node[:2])
    assert sites == ["s1", "s2", "s3"] * 2


@pytest.mark.parametrize(
    ("max_skew", "nodes"),
    [
        pytest.param(1, {"c"}, id="2 + 1 - 0 > 1, 1 + 1 - 0 > 1, 0 + 1 - 0 = 1"),
        pytest.param(2, {"b", "c"}, id="2 + 1 - 0 > 2, 1 + 1 - 0 = 2"),
        pytest.param(3, {"a", "b", "c"}, id="2 + 1 - 0 = 3"),
    ],
)
def test_max_skew_refuses(max_skew: int, nodes: set[str]) -> None:
    assert allowed(Topology(over="host", max_skew=max_skew), three_hosts(), WEB) == nodes


def test_a_domain_that_can_take_nobody_does_not_hold_the_others_back() -> None:
    policy = Topology(over="host", max_skew=1)
    cluster = three_hosts()
    assert refusal(policy, cluster, WEB, "a") == "skew 3 > 1: 2 replicas of web in the host, the least elsewhere 0"
    cluster.set_ready("c", ready=False)
    assert allowed(policy, cluster, WEB) == {"b", "c"}  # the least is b's 1 now: 1 + 1 - 1 = 1
    selects = make_class(service="web", node_selector={ZONE: "z1"})
    cluster.set_ready("c", ready=True)
    assert allowed(policy, cluster, selects) == {"b", "c"}  # c is none of its domains


def test_a_node_in_no_zone_is_last_and_refused_under_a_limit() -> None:
    cluster = make_cluster(make_node("in", labels={ZONE: "z1"}), make_node("out"))
    assert scores(Topology(over="zone"), cluster, WEB) == {"in": 1.0, "out": 0.0}
    assert allowed(Topology(over="zone", max_skew=1), cluster, WEB) == {"in"}
    assert refusal(Topology(over="zone", max_skew=1), cluster, WEB, "out") == "the node is in no zone"


def test_without_the_label_a_node_is_where_its_site_is_told_to_be() -> None:
    sites = Sites((Site(name="s1", zone="z1"), Site(name="s2", zone="z2")))
    cluster = make_cluster(make_node("a", site="s1"), make_node("b", site="s2", labels={ZONE: "z1"}), sites=sites)
    cluster.bind(make_pod("w", of=WEB), "a")
    assert reason(Topology(over="zone"), cluster, WEB, "b") == "1 replicas of web in zone z1"
