"""Rules 30–32 and the caps of 12, 53: one number beside its target."""

from __future__ import annotations

import pytest

from autoscaler.planner.hpa.errors import MetricError
from autoscaler.planner.hpa.integers import MAX_INT32, MAX_INT64, replicas, saturated_sum, trunc_div
from autoscaler.planner.hpa.totals import average_value, value
from tests.autoscaler.planner.hpa.parts import pod, pods, seen_of


@pytest.mark.parametrize(
    ("usage", "target", "count"),
    [
        (8600, 4400, 6),  # 1.95 · 3 ready pods = 5.86
        (20_666, 20_000, 3),  # 1.03 is within
        (22_000, 20_000, 3),  # 1.1 is within
        (22_001, 20_000, 4),  # 1.10005 · 3 = 3.3
        (18_000, 20_000, 3),  # 0.9 is within
        (17_000, 20_000, 3),  # 0.85 · 3 = 2.55
        (0, 20_000, 0),
        (MAX_INT64, 1, MAX_INT32),
    ],
)
def test_a_value_times_the_ready_pods(usage: int, target: int, count: int) -> None:
    found = value(seen_of(pods(3), {}), usage, target)
    assert (found.replicas, found.milli) == (count, usage)


def test_unready_pods_are_not_multiplied() -> None:
    there = (pod("a"), pod("b", ready="False"), pod("c", ready="False"))
    assert value(seen_of(there, {}), 8600, 4400).replicas == 2  # 1.95 · 1
    assert value(seen_of(pods(3, ready="False"), {}), 8600, 4400).replicas == 0


@pytest.mark.parametrize(("usage", "count"), [(20_000, 2), (10_500, 2), (10_000, 1), (1, 1), (0, 0)])
def test_from_zero_there_is_no_tolerance(usage: int, count: int) -> None:
    assert value(seen_of((), {}, current=0), usage, 10_000).replicas == count


def test_without_pods_there_is_nothing_to_multiply() -> None:
    with pytest.raises(MetricError, match=r"^unable to calculate ready pods: no pods returned by selector"):
        value(seen_of((), {}, current=3), 9000, 1000)


@pytest.mark.parametrize(
    ("usage", "target", "there", "count", "reads"),
    [
        (8600, 2150, 3, 4, 2867),  # 8600/(2150 · 3) = 1.33; 8600/2150 = 4
        (8600, 2900, 3, 3, 2867),  # 0.988 is within
        (20_208, 5000, 4, 4, 5052),
        (0, 1000, 4, 0, 0),
        (1, 1000, 4, 1, 1),
        (MAX_INT64, 1, 1, MAX_INT32, MAX_INT64),
        (MAX_INT64, MAX_INT64, 1, 1, MAX_INT64),
    ],
)
def test_an_average_starts_from_the_replicas_that_there_are(
    usage: int, target: int, there: int, count: int, reads: int
) -> None:
    found = average_value(seen_of(pods(3), {}), usage, target, there)
    assert (found.replicas, found.milli) == (count, reads)


def test_an_average_from_zero_has_no_tolerance() -> None:
    assert average_value(seen_of((), {}, current=0), 1500, 1000, 0).replicas == 2
    assert average_value(seen_of((), {}, current=0), 0, 1000, 0).replicas == 0
    assert average_value(seen_of((), {}, current=0), 1500, 1000, 0).milli == 0


def test_the_exact_load_is_told() -> None:
    assert value(seen_of(pods(2), {}), 3000, 2000).exact == 3.0
    assert value(seen_of(pods(2), {}), 2100, 2000).exact == 2.1  # within, and worth a little more all the same
    assert value(seen_of((), {}, current=0), 3000, 2000).exact == 1.5
    assert average_value(seen_of(pods(2), {}), 3000, 2000, 2).exact == 1.5


def test_go_divides_toward_zero() -> None:
    assert [trunc_div(a, b) for a, b in ((7, 2), (-7, 2), (1, 1), (-1, 1), (0, 3))] == [3, -3, 1, -1, 0]


def test_counts_are_capped_and_rounded_up() -> None:
    assert (MAX_INT32, MAX_INT64) == (2_147_483_647, 9_223_372_036_854_775_807)
    assert replicas(2.01) == 3
    assert replicas(float("inf")) == MAX_INT32
    assert replicas(float(MAX_INT32) + 1) == MAX_INT32
    assert replicas(float(MAX_INT32)) == MAX_INT32
    assert saturated_sum([2**62, 2**62]) == MAX_INT64
    assert saturated_sum([1, -3]) == -2
    assert saturated_sum([MAX_INT64, 1, -5]) == MAX_INT64  # full is full
    assert saturated_sum([MAX_INT64 - 1, 1]) == MAX_INT64
