"""What pods have, when what they were promised is not to be had."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from autoscaler.planner.granted import granted, grown
from autoscaler.planner.observation import ContainerSeen, Observation, PodSeen, Resize, Size

BASE: Size = {"app": {"cpu": 500}}


def pod(name: str, cpu: int, *, resize: Resize = "", place: str = "home", deleting: bool = False) -> PodSeen:
    containers = (ContainerSeen(name="app", requests={"cpu": cpu, "memory": 7}), ContainerSeen(name="log"))
    return PodSeen(name=name, containers=containers, resize=resize, place=place, deleting=deleting)


def seen(*pods: PodSeen) -> Observation:
    return Observation(now_s=0.0, home=2, status_replicas=2, pods=pods, readings=(), template=BASE)


@pytest.mark.parametrize("resize", ["Infeasible", "Error", "Deferred"])
def test_a_resize_that_is_not_to_be_had_leaves_a_pod_as_the_template_has_it(resize: Resize) -> None:
    there = seen(pod("a", 1000, resize=resize), pod("b", 1000))
    first, second = granted(there).pods
    assert first == pod("a", 500, resize=resize)  # what the template does not name stays
    assert second is there.pods[1]


@pytest.mark.parametrize("resize", ["", "InProgress"])
def test_a_resize_that_goes_on_is_believed(resize: Resize) -> None:
    there = seen(pod("a", 1000, resize=resize))
    assert granted(there) is there


@pytest.mark.parametrize(
    ("pods", "growth"),
    [
        ((pod("a", 1000), pod("b", 1000)), Fraction(2)),
        ((pod("a", 1000), pod("b", 500)), Fraction(3, 2)),  # (1000 + 500) / (2 · 500)
        ((pod("a", 500), pod("b", 500)), Fraction(1)),
        ((pod("a", 1000), pod("b", 500, deleting=True), pod("c", 500, place="cloud")), Fraction(2)),
        ((pod("a", 250),), Fraction(1, 2)),
        ((), Fraction(1)),
        ((pod("a", 1000, place="cloud"),), Fraction(1)),
    ],
    ids=["both", "one of two", "none", "who goes or is elsewhere does not count", "smaller", "no pods", "none at home"],
)
def test_growth_is_the_mean_of_those_at_home(pods: tuple[PodSeen, ...], growth: Fraction) -> None:
    assert grown(seen(*pods), BASE, "cpu") == growth


def test_growth_of_what_nobody_asks_for_is_none() -> None:
    assert grown(seen(pod("a", 1000)), BASE, "memory") == 1
    assert grown(seen(pod("a", 0)), BASE, "cpu") == 1
    assert grown(seen(pod("a", 1000)), {"app": {"cpu": 0}}, "cpu") == 1


def test_a_container_that_the_base_does_not_know_does_not_count() -> None:
    extra = pod("a", 1000)
    extra = replace(extra, containers=(*extra.containers, ContainerSeen(name="proxy", requests={"cpu": 4000})))
    assert grown(seen(extra), BASE, "cpu") == 2
    assert grown(seen(extra), {**BASE, "log": {"cpu": 500}}, "cpu") == 1  # 1000 / (500 + 500)
