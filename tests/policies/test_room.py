"""Room for the services that will follow."""

from __future__ import annotations

import pytest

from policies.model.cluster import Cluster
from policies.model.pod import PodClass
from policies.room import Room
from tests.builders import make_class, make_cluster, make_node, run_everywhere


def web(*depends_on: str) -> PodClass:
    return make_class(cpu="500m", service="web", depends_on=depends_on)


def scores(cluster: Cluster, pod: PodClass, policy: Room | None = None) -> list[float]:
    score = (policy or Room()).score(cluster.live(), pod)
    assert score is not None
    return list(map(float, score))


@pytest.mark.parametrize(
    ("cpu", "pods", "score"),
    [
        pytest.param("500m", 110, 0.0, id="the pod alone: (1 - 1) / 4"),
        pytest.param("1", 110, 0.25, id="one more: (2 - 1) / 4"),
        pytest.param("2", 110, 0.75, id="three more: (4 - 1) / 4"),
        pytest.param("2", 3, 0.5, id="three pods in all: (3 - 1) / 4"),
        pytest.param("2500m", 110, 1.0, id="all four: (5 - 1) / 4"),
        pytest.param("64", 110, 1.0, id="more than all is no better"),
        pytest.param("100m", 110, 0.0, id="not even the pod"),
    ],
)
def test_share_of_the_absent_services_that_can_come(cpu: str, pods: int, score: float) -> None:
    cluster = make_cluster(make_node("n1", cpu=cpu, pods=pods))
    assert scores(cluster, web("a", "b", "c", "d")) == [score]


def test_services_that_run_anywhere_need_no_room_here() -> None:
    cluster = make_cluster(make_node("n1", cpu="1"), make_node("n2", cpu="4"))
    assert scores(cluster, web("a", "b"))[0] == 0.5  # (2 - 1) / 2
    run_everywhere(cluster, {"n2": make_class(service="a")})
    assert scores(cluster, web("a", "b"))[0] == 1.0  # (2 - 1) / 1


def test_a_pod_that_nobody_follows_fills_the_smallest_gap() -> None:
    cluster = make_cluster(make_node("n1", cpu="1"), make_node("n2", cpu="4"))
    run_everywhere(cluster, {"n2": make_class(service="a")})
    # room for 2 and, 500m being taken, 7
    assert scores(cluster, web("a"), Room(tight=0.1)) == pytest.approx([0.1 / 2, 0.1 / 7])


def test_no_opinion_on_a_pod_that_talks_to_nobody() -> None:
    assert Room().score(make_cluster(make_node()).live(), web()) is None


def test_the_reason_says_how_many_more_fit_and_how_many_are_awaited() -> None:
    cluster = make_cluster(make_node("n1", cpu="1"))
    assert Room().reason(cluster.live(), web("a", "b")) == "room for 1 more such pods, 2 services not placed yet"
