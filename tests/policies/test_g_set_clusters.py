"""GSetClusters: `['c1', ['c2', 'c3'], 'c4']` tried in order, inside a group by measurement."""

from __future__ import annotations

import pytest

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.engine.profile import Profile
from policies.g_set_clusters import GSetClusters
from policies.model.pod import PodClass
from tests.builders import make_class, make_metro, make_pod
from tests.policies.asked import allowed, reason, refusal, scores, tiers

NESTED = ("cloud", ("jeju", "busan"), "seoul")


def filled(profile: Profile, pod: PodClass) -> list[str]:
    """Sites in the order in which nodes of 4 CPUs fill up."""
    cluster = make_metro()
    engine = Engine(profile)
    chosen: list[str] = []
    while (node := engine.decide(cluster.live(), pod).node) is not None:
        cluster.bind(make_pod(f"p{len(chosen)}", of=pod), node)
        chosen.append(node.partition("-")[0])
    return list(dict.fromkeys(chosen))


def test_tiers_are_the_groups_and_scores_the_round_trip() -> None:
    policy = GSetClusters(select_clusters=NESTED)
    pod = make_class(origin="seoul")
    by_site = {name.partition("-")[0]: tier for name, tier in (tiers(policy, make_metro(), pod) or {}).items()}
    assert by_site == {"cloud": 0, "jeju": 1, "busan": 1, "seoul": 2}
    found = scores(policy, make_metro(), pod) or {}
    assert (found["busan-1"], found["jeju-1"]) == (0.8, 0.4)  # 1/(1 + 5/20), 1/(1 + 30/20)


@pytest.mark.parametrize(
    ("clusters", "order"),
    [
        pytest.param(NESTED, ["cloud", "busan", "jeju", "seoul"], id="busan is nearer than jeju"),
        pytest.param(("cloud", "jeju", "busan"), ["cloud", "jeju", "busan"], id="as listed, and nowhere else"),
        pytest.param((("busan", "mars"), "busan"), ["busan"], id="unknown and repeated names are passed over"),
    ],
)
@pytest.mark.parametrize("name", ["GSetClusters", "GSetCluster", "g-set-clusters"])
def test_clusters_fill_in_order(name: str, clusters: tuple[str | tuple[str, ...], ...], order: list[str]) -> None:
    nested = [entry if isinstance(entry, str) else list(entry) for entry in clusters]
    assert filled(shipped().alone(name, select_clusters=nested), make_class(cpu="4", origin="seoul")) == order


def test_the_profile_takes_the_clusters_from_the_pod() -> None:
    pod = make_class(cpu="4", origin="seoul", fallback="jeju,[busan,seoul]")
    assert filled(shipped().profile("g-set-clusters"), pod) == ["jeju", "seoul", "busan"]


def test_a_pod_that_names_no_site_gets_no_opinion() -> None:
    assert tiers(GSetClusters(), make_metro(), make_class(origin="seoul", preferred="local")) is None
    assert len(allowed(GSetClusters(), make_metro(), make_class())) == 8
    assert reason(GSetClusters(), make_metro(), make_class(), "jeju-1") == "no clusters given"


def test_words_name_the_groups() -> None:
    policy, pod = GSetClusters(select_clusters=("cloud", ("busan", "jeju"))), make_class(origin="seoul")
    assert refusal(policy, make_metro(), pod, "seoul-1") == "site seoul, select_clusters cloud,[busan,jeju]"
    assert reason(policy, make_metro(), pod, "jeju-1") == "site jeju: choice 2 of 2 (cloud,[busan,jeju])"
