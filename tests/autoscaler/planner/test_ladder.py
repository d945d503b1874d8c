"""Which rung gives what is wished for, why the ones before it do not, and the exact reverse on the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner import ladder
from autoscaler.planner.decision import Wanted
from autoscaler.planner.ladder import Stand
from autoscaler.planner.observation import HOME, Fit, Observation, PodSeen, Rooms, Size
from autoscaler.planner.spec import Bounds, Horizontal, OverEdge, Spec, Vertical

BASE: Size = {"app": {"cpu": 500}}
BIG: Size = {"app": {"cpu": 1000}}


def make_spec(*, most: int = 4, up: bool = True, over: int = 6, **rest: Any) -> Spec:
    bounds = Bounds(container="app", most={"cpu": 1000}, step={"cpu": 100})
    return Spec(
        horizontal=Horizontal(max_replicas=most, metrics=()),
        vertical=Vertical(mode="InPlace" if up else "Off", containers=(bounds,)),
        over_edge=OverEdge(places=("neighbor", "cloud") if over else (), max_replicas=over),
        **rest,
    )


def stand(
    home: int = 2,
    *,
    wish: int,
    size: Size = BASE,
    load: float | None = None,
    pods: tuple[PodSeen, ...] = (),
    **beyond: int,
) -> Stand:
    there = home + sum(beyond.values())
    at_home = sum(pod.place == HOME for pod in pods)
    pods += tuple(PodSeen(name=f"serves-{n}") for n in range(home - at_home))
    seen = Observation(
        now_s=1000.0, home=home, status_replicas=there, pods=pods, readings=(), beyond=beyond, template=BASE
    )
    return Stand(seen=seen, size=size, base=BASE, resource="cpu", wish=wish, load=load)


def room(**places: int) -> Rooms:
    return lambda place, up_to: Fit(count=min(up_to, places.get(place, 0)), why="" if places.get(place) else "all full")


def no_question(place: str, up_to: int) -> Fit:
    raise AssertionError(f"nobody needs to know whether {up_to} fit at {place}")


def test_out_comes_first_and_takes_all_that_is_wished_for() -> None:
    move = ladder.climb(make_spec(), stand(wish=4), room(home=9))
    assert (move.kind, move.wanted) == ("ScaleOut", Wanted(home=4))


def test_out_takes_what_fits() -> None:
    move = ladder.climb(make_spec(most=9), stand(wish=6), room(home=1))
    assert (move.kind, move.wanted.home) == ("ScaleOut", 3)


def test_out_is_exhausted_at_max_replicas_and_pods_become_bigger() -> None:
    move = ladder.climb(make_spec(), stand(4, wish=6), no_question)
    assert (move.kind, move.wanted) == ("ScaleUp", Wanted(home=4, size={"app": {"cpu": 800}}))  # 500 · 6/4 = 750
    assert move.exhausted == {"Out": "at maxReplicas 4"}


def test_out_is_exhausted_where_the_next_replica_fits_on_no_node() -> None:
    move = ladder.climb(make_spec(), stand(wish=4), room())
    assert move.kind == "ScaleUp"
    assert move.exhausted == {"Out": "home has no room: all full"}


def test_out_is_exhausted_by_a_replica_that_finds_no_node() -> None:
    waits = PodSeen(name="p2", phase="Pending", unschedulable_since_s=960.0)
    move = ladder.climb(make_spec(up=False), stand(3, wish=3, pods=(waits,)), room(home=9, neighbor=9))
    assert move.kind == "OverEdge"
    assert move.wanted == Wanted(home=2, beyond={"neighbor": 1})  # what does not fit at home goes along
    assert move.exhausted["Out"] == "1 pod at home is unschedulable"


@pytest.mark.parametrize(
    "waits",
    [
        PodSeen(name="p", unschedulable_since_s=980.0),
        PodSeen(name="p", unschedulable_since_s=900.0, deleting=True),
        PodSeen(name="p", unschedulable_since_s=900.0, place="cloud"),
        PodSeen(name="p"),
    ],
    ids=["for a moment", "going away", "elsewhere", "running"],
)
def test_only_replicas_at_home_that_wait_long_count_as_unschedulable(waits: PodSeen) -> None:
    assert stand(3, wish=3, pods=(waits,)).unschedulable == 0


def test_over_edge_comes_last_and_nearest_first() -> None:
    move = ladder.climb(make_spec(), stand(4, wish=7, size=BIG), room(neighbor=9, cloud=9))
    assert (move.kind, move.wanted) == ("OverEdge", Wanted(home=4, beyond={"neighbor": 3}, size=BIG))
    assert move.exhausted == {"Out": "at maxReplicas 4", "Up": "app is at maxAllowed cpu 1"}


def test_over_edge_goes_on_where_there_is_room() -> None:
    move = ladder.climb(make_spec(), stand(4, wish=9, size=BIG, neighbor=2), room(cloud=9))
    assert move.wanted.beyond == {"neighbor": 2, "cloud": 3}
    assert "neighbor has no room: all full" in move.why


def test_nothing_more_is_given_and_every_rung_says_why() -> None:
    move = ladder.climb(make_spec(over=2), stand(4, wish=9, size=BIG, cloud=2), no_question)
    assert move.kind is None
    assert move.exhausted == {
        "Out": "at maxReplicas 4",
        "Up": "app is at maxAllowed cpu 1",
        "OverEdge": "at overEdge.maxReplicas 2",
    }


def test_full_places_are_named() -> None:
    move = ladder.climb(make_spec(up=False), stand(4, wish=5), room())
    assert move.exhausted["OverEdge"] == "neighbor has no room: all full; cloud has no room: all full"


def test_without_further_rungs_nobody_asks_for_room() -> None:
    spec = make_spec(up=False, over=0)
    assert not ladder.has_rungs(spec)
    assert ladder.climb(spec, stand(wish=9), no_question).wanted == Wanted(home=4)
    assert ladder.climb(spec, stand(4, wish=9), no_question).kind is None


def test_a_resize_under_way_is_waited_for() -> None:
    moves = PodSeen(name="p1", resize="InProgress", resize_since_s=990.0)
    move = ladder.climb(make_spec(), stand(4, wish=6, pods=(moves,)), no_question)
    assert (move.kind, move.why) == (None, "p1 has not finished its resize")


def test_an_infeasible_resize_goes_over_edge_instead() -> None:
    never = PodSeen(name="p1", resize="Infeasible")
    move = ladder.climb(make_spec(), stand(4, wish=6, pods=(never,)), room(neighbor=9))
    assert move.kind == "OverEdge"
    assert move.exhausted["Up"] == "resize of p1: Infeasible"


def test_the_farthest_come_home_first() -> None:
    move = ladder.descend(make_spec(), stand(4, wish=5, size=BIG, neighbor=2, cloud=2))
    assert (move.kind, move.wanted) == ("ComeHome", Wanted(home=4, beyond={"neighbor": 1, "cloud": 0}, size=BIG))


def test_a_place_that_is_no_longer_allowed_is_given_back() -> None:
    move = ladder.descend(make_spec(), stand(4, wish=4, moon=2))
    assert move.wanted.beyond == {"moon": 0}


def test_down_comes_before_in() -> None:
    move = ladder.descend(make_spec(), stand(4, wish=3, size=BIG, load=2.8))
    assert (move.kind, move.wanted) == ("ScaleDown", Wanted(home=4, size={"app": {"cpu": 700}}))  # 1000 · 2.8/4 = 700


def test_down_ends_at_the_template() -> None:
    move = ladder.descend(make_spec(), stand(4, wish=1, size=BIG, load=0.5))
    assert move.wanted == Wanted(home=4)


def test_one_idle_replica_becomes_small_again() -> None:
    move = ladder.shrink(make_spec(), stand(1, wish=1, size=BIG, load=0.3))  # its rounded wish is 1, as busy as can be
    assert (move.kind, move.wanted) == ("ScaleDown", Wanted(home=1))


def test_pods_do_not_shrink_on_what_is_not_known() -> None:
    move = ladder.shrink(make_spec(), stand(1, wish=1, size=BIG))
    assert (move.kind, move.why) == (None, "a metric says nothing")


def test_in_comes_last_and_stops_at_min_replicas() -> None:
    spec = make_spec()
    assert ladder.descend(spec, stand(4, wish=2)).wanted == Wanted(home=2)
    few = replace(spec, horizontal=replace(spec.horizontal, min_replicas=3))
    assert ladder.descend(few, stand(4, wish=2)).wanted == Wanted(home=3)


def test_home_is_asked_for_as_many_as_could_come() -> None:
    assert ladder.home_again(make_spec(), stand(3, wish=5, cloud=2), room(home=9)) == Fit(count=1)  # maxReplicas 4
    assert ladder.home_again(make_spec(), stand(4, wish=5, cloud=1), no_question) == Fit(count=0)
    assert ladder.home_again(make_spec(), stand(3, wish=3), no_question) == Fit(count=0)


def test_those_at_home_come_before_those_over_edge_go() -> None:
    move = ladder.come_home(stand(3, wish=5, cloud=2), Fit(count=1))
    assert (move.kind, move.wanted) == ("ComeHome", Wanted(home=4, beyond={"cloud": 2}))


@pytest.mark.parametrize(
    ("there", "rung"),
    [(stand(wish=1), "Out"), (stand(wish=1, size=BIG), "Up"), (stand(wish=1, size=BIG, cloud=1), "OverEdge")],
)
def test_the_rung_follows_from_what_is_there(there: Stand, rung: str) -> None:
    assert there.rung == rung


def test_the_ceiling_counts_all_rungs() -> None:
    assert ladder.ceiling(make_spec(), stand(wish=1)) == 4 * 2 + 6  # maxReplicas · 1000/500 + overEdge.maxReplicas
    assert ladder.ceiling(make_spec(up=False, over=0), stand(wish=1)) == 4


PLACES = st.dictionaries(st.sampled_from(["neighbor", "cloud"]), st.integers(0, 4))


@given(
    home=st.integers(1, 6),
    wish=st.integers(0, 20),
    beyond=PLACES,
    free=st.dictionaries(st.sampled_from([HOME, "neighbor", "cloud"]), st.integers(0, 9)),
    size=st.sampled_from([BASE, BIG]),
    load=st.one_of(st.none(), st.floats(0, 20)),
)
def test_a_step_goes_one_way_on_one_axis_and_stays_in_bounds(
    home: int, wish: int, beyond: dict[str, int], free: Mapping[str, int], size: Size, load: float | None
) -> None:
    spec = make_spec()
    there = replace(
        stand(home, wish=wish, size=size, load=load), seen=replace(stand(home, wish=wish).seen, beyond=beyond)
    )
    up = wish > there.current
    move = ladder.climb(spec, there, room(**free)) if up else ladder.descend(spec, there)
    after = move.wanted
    moved = [
        after.home != home,
        {k: v for k, v in after.beyond.items() if v} != {k: v for k, v in beyond.items() if v},
        (after.size or BASE) != size,
    ]
    assert sum(moved) == (move.kind is not None)
    assert after.home <= max(home, 4)
    assert sum(after.beyond.values()) <= max(sum(beyond.values()), 6)
    total = after.home + sum(after.beyond.values())
    if up:
        assert there.current <= total <= wish
    else:
        assert max(wish, 1) <= total <= max(there.current, wish)
