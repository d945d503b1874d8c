"""After a vertical step the same numbers are read against pods of another size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

from autoscaler.planner import rebase
from autoscaler.planner.history import History, Recommendation
from autoscaler.planner.observation import Observation
from autoscaler.planner.spec import Metric, MetricKind, Target

QUEUE = Metric(kind="External", name="queue", target=Target(kind="AverageValue", amount=1000))


def seen(home: int, **beyond: int) -> Observation:
    there = home + sum(beyond.values())
    return Observation(now_s=0.0, home=home, status_replicas=there, pods=(), readings=(), beyond=beyond)


@pytest.mark.parametrize(
    ("growth", "home", "beyond", "amount"),
    [
        pytest.param(Fraction(2), 3, {}, 2000, id="twice the size takes twice as much"),
        pytest.param(Fraction(2), 3, {"cloud": 1}, 1750, id="those beyond have the old size: (2 · 3 + 1) / 4"),
        pytest.param(Fraction(2), 1, {"cloud": 2, "neighbor": 1}, 1250, id="at all places: (2 · 1 + 3) / 4"),
        pytest.param(Fraction(3, 2), 0, {}, 1500, id="with no replicas the growth alone"),
        pytest.param(Fraction(1, 3), 1, {}, 333, id="rounded"),
        pytest.param(Fraction(1, 5000), 1, {}, 1, id="never to nothing"),
    ],
)
def test_an_average_for_each_pod_grows_with_the_pods(
    growth: Fraction, home: int, beyond: Mapping[str, int], amount: int
) -> None:
    (told,) = rebase.metrics((QUEUE,), lambda _: growth, seen(home, **beyond))
    assert told == replace(QUEUE, target=Target(kind="AverageValue", amount=amount))


def test_what_is_no_amount_for_each_pod_stays() -> None:
    percent = replace(QUEUE, kind="Resource", name="cpu", target=Target(kind="Utilization", amount=50))
    whole = replace(QUEUE, target=Target(kind="Value", amount=1000))
    assert rebase.metrics((percent, whole), lambda _: Fraction(2), seen(1)) == (percent, whole)


def test_pods_of_the_same_size_change_nothing() -> None:
    asked, known = (QUEUE,), History(recommendations=(Recommendation(3, 5.0),))
    assert rebase.metrics(asked, lambda _: Fraction(1), seen(1)) is asked
    assert rebase.history(known, Fraction(1)) is known


def test_wishes_are_told_in_pods_of_the_new_size() -> None:
    known = History(recommendations=(Recommendation(4, 5.0), Recommendation(5, 6.0)), started=True)
    told = rebase.history(known, Fraction(2))  # 4/2 = 2, and 5/2 = 2.5 needs 3
    assert told == History(recommendations=(Recommendation(2, 5.0), Recommendation(3, 6.0)), started=True)


@pytest.mark.parametrize(
    ("kind", "name", "amount"),
    [
        ("Resource", "memory", 3000),
        ("ContainerResource", "memory", 3000),
        ("Resource", "cpu", 2000),
        ("Pods", "memory", 2000),
    ],
)
def test_a_resource_follows_its_own_growth_and_all_else_that_of_cpu(kind: MetricKind, name: str, amount: int) -> None:
    growth = {"cpu": Fraction(2), "memory": Fraction(3)}
    asked = Metric(kind=kind, name=name, target=QUEUE.target)
    (told,) = rebase.metrics((asked,), growth.__getitem__, seen(1))
    assert told.target.amount == amount
