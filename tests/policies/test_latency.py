from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from policies.latency import Latency
from policies.model.latency import LatencyMatrix
from tests.builders import make_class, make_cluster, make_latency, make_metro, make_node, make_sites

METRO = make_metro().live()


def score(policy: Latency, node: str, **asked: Any) -> float:
    scores = policy.score(METRO, make_class(**asked))
    assert scores is not None
    return float(scores[METRO.slot(node)])


@pytest.mark.parametrize(
    ("node", "origin", "expected"),
    [
        ("busan-1", "seoul", 0.8),  # 1 / (1 + 5 / 20)
        ("cloud-1", "seoul", 2 / 7),  # 1 / (1 + 50 / 20)
        ("seoul-1", "seoul=0.5,busan=0.5", 1 / 1.1375),  # mean of 0.5 and 5 is 2.75: 1 + 2.75 / 20
        ("jeju-1", "seoul=0.9,jeju=0.1", 1 / 2.3525),  # 0.9 · 30 + 0.1 · 0.5 = 27.05
    ],
)
def test_the_demand_weighted_mean(node: str, origin: str, expected: float) -> None:
    assert score(Latency(), node, origin=origin) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("quantile", "rtt_ms"),
    [(0.95, 50.0), (0.9, 5.0), (0.6, 0.5), (0.61, 5.0), (1.0, 50.0)],
    ids=["the farthest tenth counts", "just without it", "most are at home", "a little more", "all"],
)
def test_the_tail_is_the_round_trip_that_the_quantile_stays_within(quantile: float, rtt_ms: float) -> None:
    # from seoul: 60 % at 0.5 ms, 30 % at 5 ms, 10 % at 50 ms
    policy = Latency(mode="tail", quantile=quantile)
    found = score(policy, "seoul-1", origin="seoul=0.6,busan=0.3,cloud=0.1")
    assert found == pytest.approx(1 / (1 + rtt_ms / 20))


def allowed(nodes_rtt: dict[tuple[str, str], float], **asked: Any) -> set[str]:
    sites = make_sites("seoul", "busan", "jeju")
    cluster = make_cluster(*(make_node(site.name, site=site.name) for site in sites), sites=sites, rtt_ms=nodes_rtt)
    nodes = cluster.live()
    allow = Latency().allow(nodes, make_class(**asked))
    assert allow is not None
    return set(nodes.name[allow].tolist())


RTT = {("seoul", "busan"): 5.0, ("seoul", "jeju"): 20.0, ("busan", "jeju"): 30.0}


@pytest.mark.parametrize(
    ("asked", "nodes"),
    [
        ({"origin": "seoul", "max_rtt_ms": 5.0}, {"seoul", "busan"}),
        ({"origin": "seoul", "max_rtt_ms": 4.9}, {"seoul"}),
        ({"origin": "seoul", "latency_class": "ar-vr"}, {"seoul", "busan", "jeju"}),
        ({"origin": "seoul", "latency_class": "remote-control"}, {"seoul"}),
        ({"origin": "seoul=0.5,busan=0.5", "max_rtt_ms": 25.0}, {"seoul", "busan"}),
        ({"origin": "seoul=1,busan=0", "max_rtt_ms": 25.0}, {"seoul", "busan", "jeju"}),
        ({"max_rtt_ms": 1000.0}, set()),
        ({"origin": "atlantis", "max_rtt_ms": 1000.0}, set()),
        ({"origin": "seoul=0.5,atlantis=0.5", "max_rtt_ms": 1000.0}, set()),
    ],
    ids=["at most", "not more", "a class", "a strict class", "from every site", "whose users are some",
         "no origin holds no limit", "unknown origin", "partly unknown origin"],
)  # fmt: skip
def test_a_limit_is_held_from_every_site_of_the_demand(asked: dict[str, Any], nodes: set[str]) -> None:
    assert allowed(RTT, **asked) == nodes


def test_what_was_never_measured_never_passes_a_limit() -> None:
    assert allowed({("seoul", "busan"): 5.0}, origin="seoul", max_rtt_ms=1e9) == {"seoul", "busan"}


def test_a_stale_measurement_passes_no_limit_and_still_ranks() -> None:
    sites = make_sites("seoul", "busan", "jeju")
    cluster = make_cluster(*(make_node(site.name, site=site.name) for site in sites), sites=sites)
    cluster.set_latency(make_latency(sites.names, RTT), now_s=301.0)
    pod = make_class(origin="seoul", max_rtt_ms=1e9)
    nodes = cluster.live()
    allow, scores = Latency().allow(nodes, pod), Latency().score(nodes, pod)
    assert allow is not None
    assert not allow.any()
    assert scores is not None
    assert scores.argmax() == nodes.slot("seoul")


@pytest.mark.parametrize(
    ("asked", "now_s", "words"),
    [
        ({"origin": "seoul", "max_rtt_ms": 4.0}, 0.0, "rtt p95 5 ms > 4 ms from seoul, probe 0 s ago"),
        ({"origin": "seoul", "latency_class": "remote-control"}, 0.0,
         "latency 5 ms > 1 ms (remote-control) from seoul, probe 0 s ago"),
        ({"origin": "seoul", "max_rtt_ms": 4.9999}, 0.0, "rtt p95 5 ms > 4.9999 ms from seoul"),
        ({"origin": "busan", "max_rtt_ms": 0.4999}, 0.0, "rtt p95 0.5 ms > 0.4999 ms from busan"),
        ({"origin": "seoul", "latency_class": "default", "max_rtt_ms": 2.0}, 0.0, "rtt p95 5 ms > 2 ms from seoul"),
        ({"origin": "jeju=0.5,seoul=0.5", "max_rtt_ms": 4.0}, 0.0, "rtt p95 30 ms > 4 ms from jeju"),
        ({"origin": "seoul", "max_rtt_ms": 4.0}, 301.0,
         "latency from seoul unknown (measured 301 s ago, too old; perhaps 5.06 ms), limit 4 ms"),
        ({"origin": "tokyo", "max_rtt_ms": 4.0}, 0.0, "latency limit 4 ms, but its origin 'tokyo' is no known site"),
        ({"max_rtt_ms": 4.0}, 0.0, "latency limit 4 ms, but the pod has no origin to measure from"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_number_that_decided(asked: dict[str, Any], now_s: float, words: str) -> None:
    sites = make_sites("seoul", "busan", "jeju")
    cluster = make_cluster(make_node("busan", site="busan"), sites=sites)
    cluster.set_latency(make_latency(sites.names, RTT), now_s=now_s)
    assert words in Latency().refusal(cluster.live(), make_class(**asked))


def test_a_refusal_of_what_was_never_measured_says_so() -> None:
    sites = make_sites("seoul", "busan")
    cluster = make_cluster(make_node("busan", site="busan"), sites=sites)
    p50 = np.array([[0.5, math.nan], [math.nan, 0.5]])
    cluster.set_latency(LatencyMatrix.of(sites.names, p50, measured_at_s=0.0), now_s=5.0)
    words = Latency().refusal(cluster.live(), make_class(origin="seoul", max_rtt_ms=4.0))
    assert words == "latency from seoul unknown (never measured; perhaps 60 ms), limit 4 ms"


def test_a_refusal_never_says_that_a_number_is_more_than_itself() -> None:
    sites = make_sites("seoul", "busan")
    cluster = make_cluster(make_node("busan", site="busan"), sites=sites)
    cluster.set_latency(make_latency(sites.names, {("seoul", "busan"): 1.004}))
    words = Latency().refusal(cluster.live(), make_class(origin="seoul", latency_class="remote-control"))
    assert words == "latency 1.004 ms > 1 ms (remote-control) from seoul, probe 0 s ago"


def test_without_origin_there_is_no_score() -> None:
    assert Latency().score(METRO, make_class()) is None
    assert Latency().score(METRO, make_class(origin="atlantis")) is None
    assert Latency().allow(METRO, make_class(origin="seoul")) is None


def test_the_reason_is_the_round_trip() -> None:
    busan = METRO.take([METRO.slot("busan-1")])
    pod = make_class(origin="seoul")
    assert Latency().reason(busan, pod) == "rtt p50, mean 5 ms from seoul"
    assert Latency(mode="tail").reason(busan, pod) == "rtt p95 of 95% of the demand, 5 ms from seoul"
