from __future__ import annotations

from autoscaler.planner.fluid import Replica
from autoscaler.planner.observation import HOME
from simulations.demo.world import House


def make_replica(name: str, place: str = HOME) -> Replica:
    return Replica(name=name, place=place, asked_s=0.0, ready_s=0.0)


def full_house() -> House:
    house = House()
    assert all(house.arrive(make_replica(f"p{number}")) for number in range(4))
    return house


def test_home_takes_four_and_says_why_no_fifth() -> None:
    house = House()
    assert house.rooms(HOME, 9).count == 4  # (1600 - 200) / 500 on each of two nodes
    house = full_house()
    assert not house.arrive(make_replica("p4"))
    assert house.rooms(HOME, 1).why == "2 of 2 nodes: fit: cpu 400m free < 500m requested"


def test_replicas_can_grow_by_what_their_node_has_left_for_each() -> None:
    house = full_house()
    assert house.headroom() == {"cpu": 200}  # 400 / 2
    house.resize({"app": {"cpu": 700}})
    assert house.headroom() == {"cpu": 0}


def test_the_neighbour_takes_two_and_the_cloud_many() -> None:
    house = House()
    assert house.rooms("neighbor", 9).count == 2  # (4000 - 2900) / 500
    assert house.rooms("cloud", 9).count == 9


def test_who_leaves_makes_room() -> None:
    house = full_house()
    house.leave(make_replica("p3"))
    assert house.node_of("p3") == ""
    assert house.rooms(HOME, 9).count == 1


def test_a_place_is_meant_as_it_is_said() -> None:
    house = House()
    assert house.arrive(make_replica("p0", "cloud"))
    assert house.node_of("p0").startswith("tokyo-")
