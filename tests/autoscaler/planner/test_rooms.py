"""Would one more replica fit: asked of the engine, put down one after the other, at home and beyond."""

from __future__ import annotations

import pytest

from autoscaler.planner.observation import HOME, Fit
from autoscaler.planner.rooms import at, fit, rooms
from policies.engine.decide import Engine
from policies.model.hint import Hint
from tests.builders import make_class, make_cluster, make_metro, make_node, make_profile


def engine() -> Engine:
    return Engine(make_profile("hint"))


def test_two_nodes_of_four_cores_take_four_replicas_of_two() -> None:
    nodes = make_cluster(make_node("n1", cpu="4"), make_node("n2", cpu="4")).live()
    assert fit(engine(), nodes, make_class(cpu="2"), 3) == Fit(count=3)
    assert fit(engine(), nodes, make_class(cpu="2"), 9).count == 4  # 4/2 + 4/2


def test_asking_changes_no_books() -> None:
    nodes = make_cluster(make_node("n1", cpu="4")).live()
    assert fit(engine(), nodes, make_class(cpu="4"), 2).count == 1
    assert fit(engine(), nodes, make_class(cpu="4"), 2).count == 1
    assert nodes.free("cpu").tolist() == [4000]


def test_a_gpu_is_given_once() -> None:
    nodes = make_cluster(make_node("n1", gpus=2)).live()
    assert fit(engine(), nodes, make_class(cpu="100m", gpus=1), 5).count == 2
    assert fit(engine(), nodes, make_class(cpu="100m", gpu_milli=500), 9).count == 4  # 2 · 1000/500


def test_a_pinned_replica_takes_its_zone_with_it() -> None:
    profile = make_profile("numa")
    nodes = make_cluster(make_node("n1", cpu="12", zones_milli=(6000, 6000))).live()
    assert fit(Engine(profile), nodes, make_class(cpu="4", topology_aware=True), 5).count == 2  # one in each zone


def test_what_refuses_is_told_with_its_number() -> None:
    nodes = make_cluster(make_node("n1", cpu="1"), make_node("n2", cpu="1")).live()
    answer = fit(engine(), nodes, make_class(cpu="2"), 1)
    assert answer.count == 0
    assert answer.why.startswith("2 of 2 nodes: fit: ")
    assert "cpu" in answer.why


def test_nothing_is_asked_for_nothing() -> None:
    nodes = make_cluster(make_node("n1")).live()
    assert fit(engine(), nodes, make_class(), 0) == Fit(count=0)


def test_an_empty_cluster_says_so() -> None:
    assert fit(engine(), make_cluster().live(), make_class(), 1) == Fit(count=0, why="there are no nodes")


@pytest.mark.parametrize(
    ("place", "count"),
    [(HOME, 2), ("neighbor", 2), ("cloud", 2), ("busan", 2)],
)
def test_each_place_has_only_its_own_nodes(place: str, count: int) -> None:
    pod = make_class(cpu="4", preferred="local", origin="seoul")  # two nodes of four cores at each site
    ask = rooms(engine(), make_metro().live(), pod, over_edge=True)
    assert ask(place, 9).count == count


def test_home_is_wherever_the_hint_allows_when_nothing_goes_over_edge() -> None:
    pod = make_class(cpu="4", preferred="local", origin="seoul")
    ask = rooms(engine(), make_metro().live(), pod, over_edge=False)
    assert ask(HOME, 99).count == 8


def test_another_cluster_is_believed_to_have_room() -> None:
    ask = rooms(
        engine(), make_metro().live(), make_class(cpu="99"), over_edge=True, elsewhere=lambda place: "cluster:" in place
    )
    assert ask("cluster:west", 3) == Fit(count=3)
    assert ask("cloud", 3).count == 0


def test_a_class_without_users_and_hint_is_at_home_everywhere() -> None:
    pod = make_class()
    assert at(pod, HOME, only=True) is pod
    assert at(pod, "cloud", only=True).hint == Hint(groups=(("cloud",),), required=True)
