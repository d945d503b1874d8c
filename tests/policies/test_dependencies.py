"""Near the services that a pod talks to, told apart below a millisecond."""

from __future__ import annotations

import pytest

from policies.dependencies import Dependencies
from policies.engine.decide import Engine
from policies.model.cluster import Cluster
from policies.model.latency import LatencyMatrix
from tests.builders import make_class, make_cluster, make_node, make_pod, make_profile
from tests.policies.asked import allowed, reason, refusal, scores

API = make_class(service="api", depends_on=("redis", "db"))


def three_sites() -> Cluster:
    """redis on a1; a1 and a2 in one site, b 1 ms and c 15 ms from it, 16 ms from each other; 0.5 ms inside a site."""
    cluster = make_cluster(
        make_node("a1", site="a"), make_node("a2", site="a"), make_node("b", site="b"), make_node("c", site="c"),
        rtt_ms={("a", "b"): 1.0, ("a", "c"): 15.0, ("b", "c"): 16.0},
    )  # fmt: skip
    cluster.bind(make_pod("redis", service="redis"), "a1")
    return cluster


def test_node_site_next_site_and_far_site_are_told_apart() -> None:
    # 1 / (1 + rtt/5): 0.05 ms on the node, 0.5 in the site, 1, 15; db is not placed yet and so skipped
    expected = {"a1": 0.9901, "a2": 0.9091, "b": 0.8333, "c": 0.25}
    assert scores(Dependencies(), three_sites(), API) == expected
    assert reason(Dependencies(), three_sites(), API, "c") == "redis 15 ms, db not placed yet"


def test_it_is_the_mean_over_the_services() -> None:
    cluster = three_sites()
    cluster.bind(make_pod("db", service="db"), "c")
    # a1: (0.05 + 15)/2 = 7.525 → 0.3992; a2: (0.5 + 15)/2 = 7.75; b: (1 + 16)/2 = 8.5; c: (15 + 0.05)/2 = 7.525
    assert scores(Dependencies(), cluster, API) == {"a1": 0.3992, "a2": 0.3922, "b": 0.3704, "c": 0.3992}


@pytest.mark.parametrize(
    ("to", "score"),
    [
        # replicas of redis on a1 and twice on c
        pytest.param("nearest", {"a1": 0.9901, "a2": 0.9091, "b": 0.8333, "c": 0.9901}, id="0.05, 0.5, 1, 0.05 ms"),
        # a1 (0.05 + 30)/3 = 10.0167; a2 (0.5 + 30)/3 = 10.1667; b (1 + 32)/3 = 11; c (15 + 0.1)/3 = 5.0333
        pytest.param("all", {"a1": 0.333, "a2": 0.3297, "b": 0.3125, "c": 0.4983}, id="the mean of three"),
    ],
)
def test_to_the_nearest_replica_or_to_all(to: str, score: dict[str, float]) -> None:
    cluster = three_sites()
    for number in (1, 2):
        cluster.bind(make_pod(f"redis-{number}", service="redis"), "c")
    assert scores(Dependencies(to=to), cluster, API) == score  # type: ignore[arg-type]


def test_nothing_placed_or_nothing_wanted_is_no_opinion() -> None:
    assert scores(Dependencies(), make_cluster(make_node("n")), API) is None
    assert scores(Dependencies(), three_sites(), make_class()) is None


def test_a_service_of_another_namespace_is_named_with_it() -> None:
    cluster = three_sites()
    cluster.bind(make_pod("db", service="db", namespace="data"), "c")
    assert scores(Dependencies(), cluster, make_class(depends_on=("db",))) is None
    chosen = Engine(make_profile("dependencies")).decide(cluster.live(), make_class(depends_on=("data/db",)))
    assert chosen.node == "c"


def test_max_rtt_ms_holds_for_every_service() -> None:
    policy = Dependencies(max_rtt_ms=2.0)
    cluster = three_sites()
    assert allowed(policy, cluster, API) == {"a1", "a2", "b"}
    assert refusal(policy, cluster, API, "c") == "rtt p95 15 ms > 2 ms to redis"
    cluster.bind(make_pod("db", service="db"), "c")
    assert allowed(policy, cluster, API) == set()
    assert refusal(policy, cluster, API, "a1") == "rtt p95 15 ms > 2 ms to db"


def test_an_unknown_round_trip_holds_no_limit_but_the_node_itself_does() -> None:
    cluster = three_sites()
    cluster.set_latency(
        LatencyMatrix.of(("a", "b", "c"), [[0.5, 1, 15], [1, 0.5, 16], [15, 16, 0.5]]), now_s=3600.0, fresh_s=60.0
    )
    policy = Dependencies(max_rtt_ms=100.0)
    assert allowed(policy, cluster, API) == {"a1"}
    assert refusal(policy, cluster, API, "b").startswith("round trip to redis unknown (perhaps ")


def test_a_chain_ends_up_on_one_node() -> None:
    cluster = make_cluster(make_node("x", site="a"), make_node("y", site="a"), make_node("z", site="b"))
    engine = Engine(make_profile("dependencies", ("spread", 0.1)))
    chosen = []
    for number in range(4):
        pod = make_pod(f"s{number}", service=f"s{number}", depends_on=(f"s{number - 1}",) if number else ())
        node = engine.decide(cluster.live(), pod.of).node
        assert node is not None
        cluster.bind(pod, node)
        chosen.append(node)
    assert chosen == ["x"] * 4
