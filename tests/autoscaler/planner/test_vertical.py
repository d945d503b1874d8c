"""The second rung: how big a step is, what stops it, and that the way back ends where it began."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner import vertical
from autoscaler.planner.observation import Observation, PodSeen, Size
from autoscaler.planner.spec import Bounds, Vertical, VerticalMode

BASE: Size = {"app": {"cpu": 500}}
MI = 1024 * 1024 * 1000


def asked(mode: VerticalMode = "InPlace", *, most: int = 2000, step: int = 100, container: str = "app") -> Vertical:
    return Vertical(mode=mode, containers=(Bounds(container=container, most={"cpu": most}, step={"cpu": step}),))


def seen(*pods: PodSeen, now_s: float = 1000.0, **rest: Any) -> Observation:
    return Observation(now_s=now_s, home=2, status_replicas=2, pods=pods, readings=(), **rest)


@pytest.mark.parametrize(
    ("wish", "grown"),
    [
        (Fraction(3, 2), 800),  # 500 · 3/2 = 750, and steps end at 600, 700, 800
        (Fraction(6, 5), 600),  # 500 · 6/5 = 600
        (Fraction(9), 2000),  # 4500, at most 2000
    ],
)
def test_a_step_is_as_large_as_the_wish_asks_for(wish: Fraction, grown: int) -> None:
    assert vertical.up(asked(), seen(), BASE, "cpu", wish).size == {"app": {"cpu": grown}}


def test_a_step_leaves_the_nodes_what_they_do_not_have() -> None:
    growth = vertical.up(asked(), seen(headroom={"cpu": 250}), BASE, "cpu", Fraction(3))
    assert growth.size == {"app": {"cpu": 700}}  # 500 + 2 · 100, since 250 is less than three steps


def test_whole_cpus_stay_whole() -> None:
    growth = vertical.up(asked(most=8000), seen(pinned=True), {"app": {"cpu": 2000}}, "cpu", Fraction(5, 4))
    assert growth.size == {"app": {"cpu": 3000}}  # 2500, in whole CPUs


@pytest.mark.parametrize(
    ("spec", "there", "why"),
    [
        (asked("Off"), seen(), "vertical is off"),
        (asked("Recommend"), seen(), "vertical.mode is Recommend"),
        (asked(), seen(resizable=False), "the API has no pods/resize"),
        (asked(most=500), seen(), "app is at maxAllowed cpu 500m"),
        (asked(), seen(headroom={"cpu": 70}), "nodes have cpu 70m left, a step needs 100m"),
        (asked(container="other"), seen(), "no container may grow in cpu"),
        (asked(), seen(PodSeen(name="p1", resize="Infeasible")), "resize of p1: Infeasible"),
        (asked(), seen(refused={"up": "refused: it would restart"}), "refused: it would restart"),
        (asked(), seen(PodSeen(name="p1", resize="Deferred", resize_since_s=930)), "resize of p1: Deferred for 70 s"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rung_says_why_it_is_exhausted(spec: Vertical, there: Observation, why: str) -> None:
    growth = vertical.up(spec, there, BASE, "cpu", Fraction(2))
    assert (growth.size, growth.why, growth.stuck) == (None, why, why.startswith(("resize of", "refused")))


def test_a_resize_that_is_deferred_for_a_moment_exhausts_nothing() -> None:
    there = seen(PodSeen(name="p1", resize="Deferred", resize_since_s=990))
    assert vertical.up(asked(), there, BASE, "cpu", Fraction(2)).size is not None
    assert vertical.is_moving(there) == "p1 has not finished its resize"


def test_what_goes_away_blocks_nothing() -> None:
    there = seen(
        PodSeen(name="p1", resize="Infeasible", deleting=True), PodSeen(name="p2", resize="Infeasible", place="cloud")
    )
    assert vertical.up(asked(), there, BASE, "cpu", Fraction(2)).size is not None


@pytest.mark.parametrize(
    ("wish", "size"),
    [
        (Fraction(1, 2), {"app": {"cpu": 700}}),  # 1300 / 2 = 650, steps from 500: 700
        (Fraction(1, 100), {"app": {"cpu": 500}}),  # never below what was there before
        (Fraction(99, 100), None),  # less than a step
    ],
)
def test_pods_shrink_to_what_the_load_needs(wish: Fraction, size: Size | None) -> None:
    assert vertical.down(asked(), seen(), {"app": {"cpu": 1300}}, BASE, "cpu", wish) == size


def test_the_last_step_down_is_to_the_base_even_when_it_is_small() -> None:
    assert vertical.down(asked(step=400), seen(), {"app": {"cpu": 600}}, BASE, "cpu", Fraction(1, 9)) == BASE


def test_the_top_is_what_max_allowed_lets_all_containers_be() -> None:
    base = {"app": {"cpu": 500}, "proxy": {"cpu": 500}}
    assert vertical.top(asked(), base, "cpu") == Fraction(2500, 1000)


def two(*, app: int = 2000, proxy: int = 2000) -> Vertical:
    return Vertical(
        mode="InPlace",
        containers=(
            Bounds(container="app", most={"cpu": app}, step={"cpu": 100}),
            Bounds(container="proxy", most={"cpu": proxy}, step={"cpu": 100}),
        ),
    )


@pytest.mark.parametrize(
    ("spec", "left", "grown"),
    [
        (two(), 1000, {"app": {"cpu": 1000}, "proxy": {"cpu": 400}}),  # 500 and 200 more
        (two(), 600, {"app": {"cpu": 1000}, "proxy": {"cpu": 300}}),  # 600 - 500 leaves one step of 100
        (two(), 550, {"app": {"cpu": 1000}, "proxy": {"cpu": 200}}),  # 50 are no step
        (two(app=500), 1000, {"app": {"cpu": 500}, "proxy": {"cpu": 400}}),  # the first is as big as it may be
    ],
)
def test_containers_share_what_the_nodes_have_left(spec: Vertical, left: int, grown: Size) -> None:
    base = {"app": {"cpu": 500}, "proxy": {"cpu": 200}}
    assert vertical.up(spec, seen(headroom={"cpu": left}), base, "cpu", Fraction(2)).size == grown


def test_a_last_step_is_as_small_as_what_is_missing_to_max_allowed() -> None:
    growth = vertical.up(asked(most=550), seen(headroom={"cpu": 20}), BASE, "cpu", Fraction(2))
    assert growth.why == "nodes have cpu 20m left, a step needs 50m"
    assert vertical.up(asked(most=550), seen(headroom={"cpu": 50}), BASE, "cpu", Fraction(2)).size == {
        "app": {"cpu": 550}
    }


def test_nodes_that_are_overfull_have_nothing_left() -> None:
    assert vertical.up(asked(), seen(headroom={"cpu": -70}), BASE, "cpu", Fraction(2)).why == (
        "nodes have cpu 0 left, a step needs 100m"
    )


@pytest.mark.parametrize(
    ("resource", "now", "grown"),
    [
        ("cpu", 450, 550),  # 450 · 11/10 = 495, one step of 100m
        ("memory", 64 * MI, 128 * MI),  # one step of 64 Mi
        ("nvidia.com/gpu", 20, 22),  # steps of 1
    ],
)
def test_steps_that_nobody_named_are_the_smallest_worth_making(resource: str, now: int, grown: int) -> None:
    spec = Vertical(mode="Recreate", containers=(Bounds(container="app", most={resource: 10 * grown}),))
    growth = vertical.up(spec, seen(resizable=False), {"app": {resource: now}}, resource, Fraction(11, 10))
    assert growth.size == {"app": {resource: grown}}


def test_only_cpus_are_whole_for_pinned_pods() -> None:
    spec = Vertical(mode="InPlace", containers=(Bounds(container="app", most={"memory": 9000}, step={"memory": 10}),))
    assert vertical.up(spec, seen(pinned=True), {"app": {"memory": 100}}, "memory", Fraction(11, 10)).size == {
        "app": {"memory": 110}
    }
    exact = vertical.up(asked(most=9000, step=1000), seen(pinned=True), {"app": {"cpu": 1000}}, "cpu", Fraction(11, 10))
    assert exact.size == {"app": {"cpu": 2000}}
    more = vertical.up(asked(most=9000, step=1001), seen(pinned=True), {"app": {"cpu": 1000}}, "cpu", Fraction(11, 10))
    assert more.size == {"app": {"cpu": 3000}}


@pytest.mark.parametrize(("since_s", "why"), [(940.0, "resize of p2: Deferred for 60 s"), (941.0, ""), (1000.0, "")])
def test_a_resize_may_be_deferred_for_a_minute(since_s: float, why: str) -> None:
    there = seen(
        PodSeen(name="p0", resize="Infeasible", place="cloud"),
        PodSeen(name="p1", resize="Deferred", resize_since_s=1000.0),
        PodSeen(name="p2", resize="Deferred", resize_since_s=since_s),
    )
    assert vertical.up(asked(), there, BASE, "cpu", Fraction(2)).why == why


def test_a_resize_that_failed_is_stuck() -> None:
    growth = vertical.up(asked(), seen(PodSeen(name="p1", resize="Error")), BASE, "cpu", Fraction(2))
    assert (growth.why, growth.stuck) == ("resize of p1: Error", True)


@pytest.mark.parametrize(
    ("pod", "moving"),
    [
        (PodSeen(name="p", resize="InProgress"), "p has not finished its resize"),
        (PodSeen(name="p", resize="Infeasible"), ""),
        (PodSeen(name="p", resize="InProgress", deleting=True), ""),
        (PodSeen(name="p", resize="InProgress", place="cloud"), ""),
        (PodSeen(name="p"), ""),
    ],
)
def test_only_pods_at_home_that_stay_are_waited_for(pod: PodSeen, moving: str) -> None:
    assert vertical.is_moving(seen(PodSeen(name="other"), pod)) == moving


def test_who_waits_first_is_named() -> None:
    assert vertical.is_moving(seen(PodSeen(name="a", resize="Deferred"), PodSeen(name="b", resize="Deferred"))) == (
        "a has not finished its resize"
    )


@pytest.mark.parametrize(
    ("now", "base", "wish", "size"),
    [
        (600, {"app": {"cpu": 500}}, Fraction(5, 6), {"app": {"cpu": 500}}),
        (600, {"app": {"cpu": 500}}, Fraction(501, 600), None),  # needs 501, and the next step from 500 is 600
        (700, {"app": {"cpu": 500}}, Fraction(6, 7), {"app": {"cpu": 600}}),
        (650, {"app": {"cpu": 500}}, Fraction(6, 7), None),  # 557 → 600, less than a step away
        (600, {"app": {"cpu": 800}}, Fraction(1, 2), None),  # smaller than the base already
        (600, {}, Fraction(1, 2), None),  # nobody knows how small it was
        (500, {"app": {"cpu": 500}}, Fraction(1, 2), None),
    ],
)
def test_the_way_down_in_steps(now: int, base: Size, wish: Fraction, size: Size | None) -> None:
    assert vertical.down(asked(), seen(), {"app": {"cpu": now}}, base, "cpu", wish) == size


def test_each_container_shrinks_by_itself() -> None:
    size = vertical.down(
        two(),
        seen(),
        {"app": {"cpu": 500}, "proxy": {"cpu": 900}},
        {"app": {"cpu": 500}, "proxy": {"cpu": 200}},
        "cpu",
        Fraction(1, 2),
    )
    assert size == {"app": {"cpu": 500}, "proxy": {"cpu": 500}}  # 900/2 = 450, steps from 200


def test_whether_anything_may_change_at_all() -> None:
    assert vertical.moves(asked(), BASE, "cpu")
    assert not vertical.moves(asked("Recommend"), BASE, "cpu")
    assert not vertical.moves(asked(), BASE, "memory")
    assert not vertical.moves(asked(), {"app": {"cpu": 0}}, "cpu")
    assert vertical.moves(asked(), {"app": {"cpu": 1}}, "cpu")
    assert not vertical.moves(asked(container="other"), BASE, "cpu")


def test_the_top_is_never_below_what_is_there() -> None:
    assert vertical.top(asked(most=100), BASE, "cpu") == 1
    assert vertical.top(asked(), {}, "cpu") == 1


@given(
    now=st.integers(500, 1999),
    wish=st.fractions(1, 20),
    left=st.one_of(st.none(), st.integers(0, 3000)),
    step=st.integers(1, 700),
)
def test_growing_stays_within_its_bounds(now: int, wish: Fraction, left: int | None, step: int) -> None:
    headroom = {} if left is None else {"cpu": left}
    growth = vertical.up(asked(step=step), seen(headroom=headroom), {"app": {"cpu": now}}, "cpu", wish)
    if growth.size is None:
        assert growth.why
        return
    after = growth.size["app"]["cpu"]
    assert now <= after <= 2000
    assert left is None or after - now <= left


@given(now=st.integers(500, 3000), wish=st.fractions(0, 1), step=st.integers(1, 700))
def test_shrinking_never_goes_below_the_base_nor_below_the_need(now: int, wish: Fraction, step: int) -> None:
    size = vertical.down(asked(step=step), seen(), {"app": {"cpu": now}}, BASE, "cpu", wish)
    if size is not None:
        assert BASE["app"]["cpu"] <= size["app"]["cpu"] < now
        assert size["app"]["cpu"] >= now * wish
