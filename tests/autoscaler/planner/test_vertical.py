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
