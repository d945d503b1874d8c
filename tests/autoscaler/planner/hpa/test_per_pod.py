"""Rules 18–29: truncation before the ratio, five multipliers, and numbers filled in against the direction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner.hpa.errors import MetricError
from autoscaler.planner.hpa.per_pod import Proposed, average, resource_values, utilization
from autoscaler.planner.observation import PodSeen, Sample
from tests.autoscaler.planner.hpa.parts import pod, pods, sample, samples, seen_of


def percent(there: tuple[PodSeen, ...], *levels: int | None, target: int = 50, current: int | None = None) -> Proposed:
    return utilization(seen_of(there, samples(*levels), current=current), "cpu", "", target)


def mean(there: tuple[PodSeen, ...], *levels: int | None, target: int = 100, current: int | None = None) -> Proposed:
    told = samples(*levels)
    values, _ = resource_values(told, "")
    return average(seen_of(there, told, current=current), values, told, target, is_cpu=False)


@pytest.mark.parametrize(
    ("levels", "target", "replicas", "reads"),
    [
        ((300, 500, 700), 30, 5, 50),  # 1500/3000 = 50 %, 50/30 · 3 = 5
        ((300, 500, 700), 50, 3, 50),  # on target
        ((100, 300, 500), 50, 2, 30),  # 30/50 · 3 = 1.8
        ((1109, 1110, 1110), 100, 3, 110),  # 110.97 % reads 110, and 1.1 is within
        ((1110, 1110, 1111), 100, 4, 111),  # 111 is not: 1.11 · 3 = 3.33
        ((900, 900, 900), 100, 3, 90),  # 0.9 is within
        ((899, 900, 900), 100, 3, 89),  # 89.97 % reads 89: 0.89 · 3 = 2.67
    ],
)
def test_utilization_is_truncated_before_the_ratio(
    levels: tuple[int, ...], target: int, replicas: int, reads: int
) -> None:
    found = percent(pods(3), *levels, target=target)
    assert (found.replicas, found.utilization) == (replicas, reads)


def test_the_average_is_truncated_too() -> None:
    assert mean(pods(3), 110, 110, 111).replicas == 3  # 331/3 = 110.3 reads 110, 1.1 is within
    assert mean(pods(3), 111, 111, 111).replicas == 4  # 1.11 · 3 = 3.33
    assert mean(pods(3), 111, 111, 111).milli == 111


def test_ready_pods_are_multiplied_not_those_asked_for() -> None:
    assert percent(pods(1, cpu=200), 200, current=4).replicas == 2  # 100/50 · 1 ready pod: fewer, although above


@pytest.mark.parametrize(
    ("levels", "target", "replicas"),
    [
        ((1000, 1000, None), 50, 4),  # filled with 0: 2000/3000 = 66 %, 66/50 · 3 = 3.96
        ((700, 700, None), 50, 3),  # with 0: 46 % is within: no change
        ((600, 600, None), 50, 3),  # with 0: 40 % would go in: no change
        ((200, 200, None), 50, 3),  # with 100 %: 1400/3000 = 46 % is within
        ((100, 100, None), 80, 2),  # with 100 %: 1200/3000 = 40 %, 40/80 · 3 = 1.5
        ((100, 100, None), 130, 2),  # with 130 %, the target: 1500/3000 = 50 %, 50/130 · 3 = 1.15
        ((500, 500, None), 50, 3),  # on target nothing is filled in
    ],
)
def test_missing_pods_are_filled_in_against_the_direction(
    levels: tuple[int | None, ...], target: int, replicas: int
) -> None:
    assert percent(pods(3), *levels, target=target).replicas == replicas


def test_missing_pods_of_an_average_use_the_target() -> None:
    assert mean(pods(3), 20, 20, None).replicas == 2  # (20 + 20 + 100)/3 = 46, 0.46 · 3 = 1.38
    assert mean(pods(3), 300, 300, None).replicas == 6  # with 0: 200, 2 · 3
    assert mean(pods(4), 50, 50, None, None).replicas == 3  # (50 + 50 + 100 + 100)/4 = 75, 0.75 · 4


@pytest.mark.parametrize(
    ("busy", "replicas"),
    [
        (90, 8),  # 90 + 4 · 1000 of 10 000 = 40.9 % reads 40, 40/50 · 10 = 8
        (100, 9),  # 41 %, 41/50 · 10 = 8.2
    ],
)
def test_missing_pods_are_as_busy_as_they_asked_for(busy: int, replicas: int) -> None:
    levels = [busy, 0, 0, 0, 0, 0, None, None, None, None]
    assert percent(pods(10), *levels).replicas == replicas


@pytest.mark.parametrize(("milli", "cpu", "replicas"), [(30, 10, 3), (302, 100, 4)])  # 150 % · 2; 151 % · 2 = 3.02
@pytest.mark.parametrize("phase", ["Running", "Pending"])
def test_on_the_way_out_others_use_nothing_at_all(milli: int, cpu: int, replicas: int, phase: str) -> None:
    there = (pod("p0", cpu=cpu), pod("p1", cpu=cpu, phase=phase))
    assert percent(there, milli, None, target=100).replicas == replicas


def test_a_large_pod_that_is_missing_weighs_as_it_asked() -> None:
    there = (*pods(2), pod("p2", cpu=3000))
    assert percent(there, 900, 900, None).replicas == 3  # 1800/5000 = 36 % would go in: no change


def test_a_large_pod_that_is_not_ready_weighs_as_it_asked() -> None:
    there = (pod("p0", cpu=200), pod("p1", cpu=600, phase="Pending"))
    assert percent(there, 520, 999).replicas == 3  # 520/800 = 65 %, 65/50 · 2 = 2.6; of p0 alone 260 %


def test_an_unready_pod_is_filled_in_only_above_the_target() -> None:
    there = (pod("p0"), pod("p1", phase="Pending"))
    assert percent(there, 500, None).replicas == 2  # on target: 1 is within
    assert percent(there, 480, None).replicas == 2  # 0.96 is within; with a zero it would be 0.48


def test_unready_pods_count_as_idle_on_the_way_out_only() -> None:
    there = (*pods(2), pod("p2", phase="Pending"))
    assert percent(there, 1000, 1000, None).replicas == 4  # with 0: 66 %, 66/50 · 3
    assert percent(there, 100, 100, None).replicas == 1  # left out: 10/50 · 2 = 0.4


def test_more_is_never_fewer_than_there_are() -> None:
    waits = pod("p2", phase="Pending")
    assert percent((*pods(2), waits), 1000, 1000, current=9).replicas == 9  # 66/50 · 3 = 3.96 would be fewer than 9
    assert mean((*pods(2), waits), 20, 20, current=1).replicas == 1  # 0.2 · 2 = 0.4


def test_what_is_reported_is_what_was_seen_first() -> None:
    found = percent(pods(3), 1000, 1000, None)
    assert (found.utilization, found.milli) == (100, 1000)


def test_the_exact_load_is_told_when_every_pod_is_known() -> None:
    assert percent(pods(3), 300, 500, 700, target=30).exact == pytest.approx(5.0)
    assert percent(pods(2), 555, 0, target=50).exact == pytest.approx(1.11)  # 27.75 % reads 27, and is worth 1.11 pods
    assert percent(pods(3), 300, 500, None).exact is None
    assert mean(pods(3), 20, 30, 40).exact == pytest.approx(0.9)
    assert mean(pods(3), 20, 30, None).exact is None


def test_pods_that_nobody_knows_count_in_an_average_and_not_in_utilization() -> None:
    assert mean(pods(1), 100, 100, 400).replicas == 2  # 600/3 = 200, 2 · 1 ready pod
    assert percent(pods(1), 500, 9000).utilization == 50


@pytest.mark.parametrize(
    ("there", "levels", "says"),
    [
        (pods(0), (1,), "no pods returned by selector while calculating replica count"),
        (pods(1, phase="Pending"), (1,), "did not receive metrics for targeted pods (pods might be unready)"),
        (pods(1, deleting=True), (1,), "did not receive metrics for targeted pods (pods might be unready)"),
        (pods(1, cpu=0), (1,), "no metrics returned matched known pods"),
        (pods(1, cpu=None), (1,), "missing request for cpu in container app of Pod p0"),
    ],
)
def test_what_cannot_be_computed_says_so(there: tuple[PodSeen, ...], levels: tuple[int, ...], says: str) -> None:
    with pytest.raises(MetricError) as error:
        percent(there, *levels)
    assert str(error.value) == says


@pytest.mark.parametrize(
    ("told", "container", "milli"),
    [
        ({"app": 1, "side": 2}, "", 3),
        ({"app": 1, "side": None}, "", None),
        ({"side": None, "app": 1}, "", None),
        ({}, "", None),
        ({"app": 1, "side": None}, "app", 1),
        ({"app": 1}, "side", None),
        ({"app": 0}, "", 0),
    ],
)
def test_a_pod_that_lacks_a_container_is_missing(
    told: dict[str, int | None], container: str, milli: int | None
) -> None:
    values, kept = resource_values({"p": Sample(by_container=told, timestamp_s=0.0)}, container)
    assert values.get("p") == milli
    assert kept.keys() == values.keys()


def test_a_pod_that_starts_is_left_out_of_cpu_but_not_of_other_averages() -> None:
    there = (pod("p0"), pod("p1", ready="False", start_s=9_990.0, ready_since_s=9_990.0))
    told = {"p0": sample(100), "p1": sample(500)}
    values, kept = resource_values(told, "")
    seen = seen_of(there, told)
    assert average(seen, values, kept, 100, is_cpu=True).milli == 100
    assert average(seen, values, kept, 100, is_cpu=False).milli == 300


LEVELS = st.lists(st.one_of(st.none(), st.integers(0, 5000)), min_size=1, max_size=8).filter(any)


@given(levels=LEVELS, target=st.integers(1, 200), data=st.data())
def test_more_load_never_proposes_fewer(levels: list[int | None], target: int, data: st.DataObject) -> None:
    more = [None if each is None else each + data.draw(st.integers(0, 1000)) for each in levels]
    there = pods(len(levels))
    assert percent(there, *more, target=target).replicas >= percent(there, *levels, target=target).replicas


@given(levels=LEVELS, target=st.integers(1, 200))
def test_filled_in_numbers_never_turn_the_direction(levels: list[int | None], target: int) -> None:
    there = pods(len(levels))
    found = percent(there, *levels, target=target)
    assert found.utilization is not None
    if found.utilization > target:
        assert found.replicas >= len(levels)
    if found.utilization < target:
        assert found.replicas <= len(levels)


@given(count=st.integers(1, 20), target=st.integers(1, 100))
def test_on_target_nothing_changes(count: int, target: int) -> None:
    assert percent(pods(count), *([target * 10] * count), target=target).replicas == count


@given(target=st.integers(1, 200))
def test_the_edges_of_the_tolerance_count_as_near(target: int) -> None:
    ten = pods(10)
    up, down = target * 11, target * 9  # 110 % and 90 % of the target, in tenths of a percent
    if up % 10 == 0:
        assert percent(ten, *([up] * 10), target=target).replicas == 10
    if down % 10 == 0:
        assert percent(ten, *([down] * 10), target=target).replicas == 10
