"""GSelectedCluster: there or nowhere."""

from __future__ import annotations

import pytest

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.g_selected_cluster import GSelectedCluster
from policies.model.pod import PodClass
from tests.builders import make_class, make_metro
from tests.policies.asked import allowed, reason, refusal

EVERYWHERE = {f"{site}-{n}" for site in ("seoul", "busan", "jeju", "cloud") for n in (1, 2)}


@pytest.mark.parametrize(
    ("policy", "pod", "nodes"),
    [
        pytest.param(GSelectedCluster(cluster="busan"), make_class(), {"busan-1", "busan-2"}, id="by parameter"),
        pytest.param(
            GSelectedCluster(), make_class(fallback="jeju,busan"), {"jeju-1", "jeju-2"}, id="the pod's first site"
        ),
        pytest.param(
            GSelectedCluster(cluster="busan"), make_class(fallback="jeju"), {"busan-1", "busan-2"}, id="parameter first"
        ),
        pytest.param(GSelectedCluster(cluster="pusan"), make_class(), set(), id="a name that no site has"),
        pytest.param(GSelectedCluster(), make_class(preferred="local"), EVERYWHERE, id="no site named: no opinion"),
    ],
)
def test_one_cluster_and_no_other(policy: GSelectedCluster, pod: PodClass, nodes: set[str]) -> None:
    assert allowed(policy, make_metro(), pod) == nodes


def test_refusal_says_where_the_node_is() -> None:
    metro = make_metro()
    assert (
        refusal(GSelectedCluster(cluster="busan"), metro, make_class(), "jeju-1") == "site jeju, selected cluster busan"
    )
    assert refusal(GSelectedCluster(cluster="pusan"), metro, make_class(), "jeju-1") == (
        "selected cluster 'pusan' is no known site"
    )
    assert reason(GSelectedCluster(), metro, make_class(), "jeju-1") == "selected cluster not given"


@pytest.mark.parametrize("name", ["GSelectedCluster", "GSelectCluster", "g_select_cluster"])
def test_all_its_names(name: str) -> None:
    profile = shipped().alone(name, cluster="jeju")
    assert Engine(profile).decide(make_metro().live(), make_class()).node == "jeju-1"


def test_the_profile_takes_the_cluster_from_the_pod() -> None:
    profile = shipped().profile("g-selected-cluster")
    assert Engine(profile).decide(make_metro().live(), make_class(fallback="busan")).node == "busan-1"
