from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner.decision import Wanted
from autoscaler.planner.fluid import Assumed, Fluid, Replica
from autoscaler.planner.observation import Size

ASSUMED = Assumed(carries=10.0, start_s=30.0, start_beyond_s={"cloud": 60.0}, template={"app": {"cpu": 500}})


def test_pods_carry_load_from_when_they_have_started() -> None:
    pods = Fluid(ASSUMED, 2)
    pods.apply(Wanted(home=3, beyond={"cloud": 1}), 100.0)
    assert [pods.carries(at_s) for at_s in (100.0, 129.9, 130.0, 160.0)] == [20.0, 20.0, 30.0, 40.0]
    assert pods.becomes_ready(100.0, 200.0) == [130.0, 160.0]
    assert pods.becomes_ready(130.0, 160.0) == []


def test_pods_that_have_not_started_go_first() -> None:
    pods = Fluid(ASSUMED, 2)
    pods.apply(Wanted(home=4), 100.0)
    change = pods.apply(Wanted(home=2), 110.0)
    assert [pod.name for pod in change.left] == ["p3", "p2"]
    assert pods.ready(110.0) == {"home": 2}


def test_bigger_pods_at_home_carry_more_and_those_beyond_do_not() -> None:
    pods = Fluid(ASSUMED, 2)
    pods.apply(Wanted(home=2, beyond={"neighbor": 1}, size={"app": {"cpu": 750}}), 0.0)
    assert pods.growth == 1.5  # 750m / 500m
    assert pods.carries(30.0) == 40.0  # 2 · 1.5 · 10 + 1 · 10
    assert [pod.containers[0].requests["cpu"] for pod in pods.seen(30.0)] == [750, 750, 500]


def test_a_pod_is_seen_unready_since_it_was_asked_for_and_ready_since_it_is() -> None:
    pods = Fluid(ASSUMED, 1)
    pods.apply(Wanted(home=2), 100.0)
    before, after = pods.seen(115.0)[1], pods.seen(130.0)[1]
    assert (before.ready, before.start_s, before.ready_since_s) == ("False", 100.0, 100.0)
    assert (after.ready, after.start_s, after.ready_since_s) == ("True", 100.0, 130.0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_what_is_wanted_is_there_and_names_are_never_given_twice(wishes: list[tuple[int, int]]) -> None:
    pods, names = Fluid(ASSUMED, 1), {"p0"}
    for turn, (home, cloud) in enumerate(wishes):
        change = pods.apply(Wanted(home=home, beyond={"cloud": cloud}), 15.0 * turn)
        assert names.isdisjoint(pod.name for pod in change.came)
        names |= {pod.name for pod in change.came}
        assert (pods.home, pods.beyond.get("cloud", 0)) == (home, cloud)
        assert pods.carries(15.0 * turn) <= 10.0 * pods.count


def test_a_place_that_is_not_named_takes_the_usual_time() -> None:
    assert [ASSUMED.starting_s(place) for place in ("home", "cloud")] == [30.0, pytest.approx(60.0)]


class Beds:
    """A lodging with so many beds."""

    def __init__(self, beds: int) -> None:
        self.free = beds
        self.size: Size = {}

    def arrive(self, _pod: Replica) -> bool:
        if not self.free:
            return False
        self.free -= 1
        return True

    def leave(self, _pod: Replica) -> None:
        self.free += 1

    def resize(self, size: Size) -> None:
        self.size = size


def test_a_pod_that_finds_no_node_waits_and_starts_when_there_is_one() -> None:
    beds = Beds(2)
    pods = Fluid(ASSUMED, 2, lodging=beds)
    pods.apply(Wanted(home=3), 100.0)
    waits = pods.seen(200.0)[2]
    assert (waits.phase, waits.ready, waits.start_s, waits.unschedulable_since_s) == ("Pending", "False", None, 100.0)
    assert pods.carries(200.0) == 20.0
    beds.free = 1
    pods.apply(Wanted(home=3), 300.0)
    assert [pods.carries(at_s) for at_s in (329.0, 330.0)] == [20.0, 30.0]


def test_who_waited_frees_nothing_when_it_goes() -> None:
    beds = Beds(1)
    pods = Fluid(ASSUMED, 1, lodging=beds)
    pods.apply(Wanted(home=2), 0.0)
    pods.apply(Wanted(home=0), 15.0)
    assert beds.free == 1


def test_the_lodging_is_told_a_new_size_before_anybody_comes() -> None:
    beds = Beds(9)
    Fluid(ASSUMED, 1, lodging=beds).apply(Wanted(home=2, size={"app": {"cpu": 700}}), 0.0)
    assert beds.size == {"app": {"cpu": 700}}


def test_defaults_are_half_a_minute_and_cpu() -> None:
    assert Assumed(carries=1.0) == Assumed(carries=1.0, start_s=30.0, start_beyond_s={}, template={}, resource="cpu")


def test_pods_begin_at_the_moment_that_is_told() -> None:
    pods = Fluid(ASSUMED, 2, now_s=50.0)
    assert pods.pods == (
        Replica(name="p0", place="home", asked_s=50.0, ready_s=50.0),
        Replica(name="p1", place="home", asked_s=50.0, ready_s=50.0),
    )
    assert (pods.home, pods.beyond, pods.count, pods.growth) == (2, {}, 2, 1.0)
    assert [pod.name for pod in pods.seen(50.0)] == ["p0", "p1"]


def test_places_are_told_apart() -> None:
    pods = Fluid(ASSUMED, 1)
    came = pods.apply(Wanted(home=2, beyond={"cloud": 2, "neighbor": 0}), 10.0).came
    assert came == (
        Replica(name="p1", place="home", asked_s=10.0, ready_s=40.0),
        Replica(name="p2", place="cloud", asked_s=10.0, ready_s=70.0),
        Replica(name="p3", place="cloud", asked_s=10.0, ready_s=70.0),
    )
    assert (pods.beyond, pods.count) == ({"cloud": 2}, 4)
    assert pods.ready(40.0) == {"home": 2, "cloud": 0, "neighbor": 0}
    gone = pods.apply(Wanted(home=2), 50.0)  # a place that is not named is left
    assert ([pod.name for pod in gone.left], gone.came, pods.beyond) == (["p3", "p2"], (), {})


def test_a_template_comes_back_when_no_size_is_wanted() -> None:
    pods = Fluid(ASSUMED, 1)
    pods.apply(Wanted(home=1, size={"app": {"cpu": 1000}}), 0.0)
    assert (pods.growth, pods.seen(0.0)[0].containers[0].requests) == (2.0, {"cpu": 1000})
    pods.apply(Wanted(home=1), 15.0)
    assert (pods.growth, pods.seen(15.0)[0].containers[0].requests) == (1.0, {"cpu": 500})


def test_what_is_seen_follows_every_change_at_once() -> None:
    pods = Fluid(ASSUMED, 1)
    assert len(pods.seen(10.0)) == 1
    pods.apply(Wanted(home=2), 10.0)
    assert [pod.ready for pod in pods.seen(10.0)] == ["True", "False"]
    assert [pod.ready for pod in pods.seen(39.9)] == ["True", "False"]
    assert [pod.ready for pod in pods.seen(40.0)] == ["True", "True"]
    assert pods.seen(41.0) is pods.seen(99.0)  # nothing happens any more
    pods.apply(Wanted(home=1), 99.0)
    assert len(pods.seen(99.0)) == 1


def test_the_moments_at_which_pods_become_ready_are_in_order_and_told_once() -> None:
    pods = Fluid(ASSUMED, 1)
    pods.apply(Wanted(home=3, beyond={"cloud": 1}), 0.0)
    pods.apply(Wanted(home=4, beyond={"cloud": 1}), 15.0)
    assert pods.becomes_ready(0.0, 99.0) == [30.0, 45.0, 60.0]
    assert pods.becomes_ready(30.0, 60.0) == [45.0]
    assert pods.becomes_ready(29.0, 45.0) == [30.0]


def test_who_waits_for_a_node_keeps_its_name_and_its_time() -> None:
    beds = Beds(0)
    pods = Fluid(ASSUMED, 1, lodging=beds)
    (first,) = pods.seen(0.0)
    assert (first.phase, first.unschedulable_since_s, pods.carries(99.0), pods.ready(99.0)) == (
        "Pending",
        0.0,
        0.0,
        {"home": 0},
    )
    beds.free = 1
    change = pods.apply(Wanted(home=1), 15.0)
    (pod,) = pods.pods
    assert (change.came, pod.name, pod.asked_s, pod.ready_s, beds.free) == ((), "p0", 0.0, 45.0, 0)
    (seen,) = pods.seen(15.0)
    assert (seen.phase, seen.ready, seen.start_s, seen.unschedulable_since_s) == ("Running", "False", 0.0, None)
    pods.apply(Wanted(home=0), 30.0)
    assert beds.free == 1  # it had a node


def test_who_goes_makes_room_for_who_comes() -> None:
    beds = Beds(1)
    pods = Fluid(ASSUMED, 1, lodging=beds)
    pods.apply(Wanted(home=0, beyond={"cloud": 1}), 0.0)
    assert pods.carries(60.0) == 10.0
    beds.size = {}
    pods.apply(Wanted(home=0, beyond={"cloud": 1}), 15.0)
    assert beds.size == {}  # told when it changes only
