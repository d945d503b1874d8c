"""What is recommended for one replica, with the sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner.histogram import Histogram, bucket_of, end_of
from autoscaler.planner.history import History
from autoscaler.planner.observation import ContainerSeen, PodSeen, Size
from autoscaler.planner.plan import plan
from autoscaler.planner.recommend import Taken, after_oom, estimate, kept, recommended
from autoscaler.planner.spec import Bounds, Vertical
from tests.autoscaler.planner.loop import Workload, make_spec

START_S = 1_790_035_200.0  # a day's beginning
DAY_S = 86_400.0
MI = 1024 * 1024 * 1000
VERTICAL = Vertical(mode="Recommend")


def learned(resource: str, *amounts: int, every_s: float = 60.0, vertical: Vertical = VERTICAL) -> int:
    """What is recommended after one sample after the other."""
    usage: Mapping[str, str] = {}
    size: Size = {}
    for turn, amount in enumerate(amounts):
        now_s = START_S + turn * every_s
        size, usage = recommended(vertical, usage, [("app", resource, amount, now_s)], now_s)
    return size["app"][resource]


def bucket_and_margin(amount: int) -> int:
    """The end of the bucket, 15 %, and up to whole Mi."""
    return -(-round(end_of("memory", bucket_of("memory", amount)) * 1.15) // MI) * MI


def with_bounds(**bounds: Mapping[str, int]) -> Vertical:
    return Vertical(mode="Recommend", containers=(Bounds(container="app", **bounds),))


@pytest.mark.parametrize(
    ("amounts", "target"),
    [
        pytest.param([100] * 20, 128, id="100m ends its bucket at 111m; 111 x 1.15 = 127.65"),
        pytest.param([1000] * 2 + [100] * 18, 128, id="18 of 20 = 90 % are at 100m"),
        pytest.param([100] * 17 + [1000] * 3, 1170, id="17 of 20 < 90 %: 1017 x 1.15 = 1169.55"),
        pytest.param([1] * 20, 25, id="10 x 1.15 = 11.5, but at least 25m a pod"),
    ],
)
def test_cpu_is_the_90th_percentile_and_15_percent(amounts: list[int], target: int) -> None:
    assert learned("cpu", *amounts) == target


@pytest.mark.parametrize(
    ("bounds", "target"),
    [
        pytest.param({"least": {"cpu": 500}}, 500, id="not below minAllowed"),
        pytest.param({"most": {"cpu": 100}}, 100, id="not above maxAllowed"),
        pytest.param({"step": {"cpu": 50}}, 150, id="128 in steps of 50, rounded up"),
        pytest.param({"step": {"cpu": 50}, "most": {"cpu": 140}}, 140, id="a bound counts more than a step"),
        pytest.param({"least": {"cpu": 501}, "step": {"cpu": 100}}, 600, id="minAllowed rounded up to the step"),
    ],
)
def test_what_is_recommended_keeps_to_its_bounds(bounds: dict[str, dict[str, int]], target: int) -> None:
    assert learned("cpu", *[100] * 20, vertical=with_bounds(**bounds)) == target


def test_memory_is_the_highest_of_each_day() -> None:
    quiet, peak = 300 * MI, 600 * MI
    day = [quiet] * 23 + [peak]
    # one peak a day, so every percentile is in its bucket
    assert learned("memory", *day * 3, every_s=3600.0) == bucket_and_margin(peak)


def test_a_peak_of_memory_is_forgotten_after_eight_days() -> None:
    days = [600 * MI] + [300 * MI] * 8
    assert learned("memory", *days, every_s=DAY_S) == bucket_and_margin(300 * MI)


def test_the_least_memory_is_shared_by_the_containers() -> None:
    taken: list[Taken] = [(name, "memory", MI, START_S) for name in ("app", "sidecar")]
    size, _ = recommended(VERTICAL, {}, taken, START_S)
    assert size == {name: {"memory": 120 * MI} for name in ("app", "sidecar")}  # 250 MB / 2 = 119.2 Mi


@pytest.mark.parametrize(
    ("used_mi", "needed_mi"),
    [
        pytest.param(200, 300, id="200 Mi + 100 Mi > 200 Mi x 1.2 = 240 Mi"),
        pytest.param(500, 600, id="500 Mi + 100 Mi = 500 Mi x 1.2"),
        pytest.param(1000, 1200, id="1000 Mi x 1.2 > 1100 Mi"),
    ],
)
def test_a_kill_for_lack_of_memory_counts_as_more_than_was_used(used_mi: int, needed_mi: int) -> None:
    assert after_oom(used_mi * MI) == needed_mi * MI


@pytest.mark.parametrize(
    ("requested", "needed"),
    [
        pytest.param(1000 * MI, 1200 * MI, id="what it had asked for, x 1.2"),
        pytest.param(0, 400 * MI, id="it asked for none: the 300 Mi that are used + 100 Mi"),
    ],
)
def test_a_container_that_was_killed_is_given_more(requested: int, needed: int) -> None:
    taken: list[Taken] = [("app", "memory", 300 * MI, START_S)]
    _, usage = recommended(VERTICAL, {}, taken, START_S)
    killed = [("app", requested, START_S + 50), ("gone", 0, START_S + 50)]
    size, usage = recommended(VERTICAL, usage, taken, START_S + 60, oom=killed)
    assert size == {"app": {"memory": bucket_and_margin(needed)}}
    again, _ = recommended(VERTICAL, usage, taken, START_S + 120, oom=killed)
    assert again == size  # a kill that is told twice is one kill


@pytest.mark.parametrize("restarted", [False, True], ids=["in memory", "out of a checkpoint"])
def test_a_kill_that_is_told_for_ever_counts_once_with_what_was_asked_for_then(*, restarted: bool) -> None:
    usage: Mapping[str, str] = {}
    sizes = []
    requested = 1000 * MI
    for day in range(5):
        now_s = START_S + 60 + day * DAY_S
        taken: list[Taken] = [("app", "memory", 300 * MI, now_s)]
        size, usage = recommended(VERTICAL, usage, taken, now_s, oom=[("app", requested, START_S + 50)])
        sizes.append(size["app"]["memory"])
        requested = sizes[-1]  # it was given what it needed
        usage = kept(usage) if restarted else usage
    # its day weighs 1/15 on the fourth day: 0.125 of 1 + 0.5 + 0.25 + 0.125, and the 90th percentile is below it
    assert sizes == [bucket_and_margin(1200 * MI)] * 3 + [bucket_and_margin(300 * MI)] * 2


def test_a_second_kill_counts() -> None:
    first, usage = recommended(VERTICAL, {}, [], START_S, oom=[("app", 1000 * MI, START_S)])
    assert first["app"]["memory"] == bucket_and_margin(1200 * MI)
    second, _ = recommended(VERTICAL, usage, [], START_S + 60, oom=[("app", 1500 * MI, START_S + 50)])
    assert second["app"]["memory"] == bucket_and_margin(1800 * MI)


def test_a_kill_of_last_week_says_nothing_of_today() -> None:
    assert recommended(VERTICAL, {}, [], START_S, oom=[("app", 1000 * MI, START_S - 8 * DAY_S)]) == ({}, {})


def test_a_plan_hears_of_a_kill() -> None:
    work = Workload(make_spec(vertical=VERTICAL), load=100)
    app = ContainerSeen(name="app", requests={"memory": 1000 * MI})
    seen = work.seen()
    seen = replace(seen, pods=(PodSeen(name="home-0", containers=(app,), oom_killed=(("app", seen.now_s),)),))
    told = plan(work.spec, seen, History(), work.rooms).recommendation
    assert told["app"]["memory"] == bucket_and_margin(1200 * MI)


def test_only_containers_that_may_change_are_recommended_where_any_is_named() -> None:
    taken: list[Taken] = [(name, "cpu", 100, START_S) for name in ("app", "mesh")]
    size, usage = recommended(with_bounds(), {}, taken, START_S)
    assert (size, set(usage)) == ({"app": {"cpu": 128}}, {"app/cpu"})


def test_a_sample_counts_once_and_a_pod_once_a_minute() -> None:
    taken: list[Taken] = [("app", "cpu", 100, START_S)]
    _, usage = recommended(VERTICAL, {}, taken, START_S)
    for after_s in (15, 30, 45, 60, 75):
        _, again = recommended(VERTICAL, usage, taken, START_S + after_s)
        assert again == usage
    _, after = recommended(VERTICAL, usage, [("app", "cpu", 100, START_S + 60)], START_S + 60)
    assert after != usage


def test_it_moves_only_when_it_is_more_than_ten_percent_off() -> None:
    day = [500, 500, 500, 1000, 1000] * 200
    steady = learned("cpu", *day)
    assert steady == 1170  # 1017 x 1.15
    wavers = [500, 500, 500, 1060, 1060] * 200  # the next bucket ends 5 % higher
    assert learned("cpu", *day, *wavers) == steady
    assert learned("cpu", *day, *[500, 500, 500, 1200, 1200] * 200) > steady


def test_bounds_are_wide_while_little_is_known_and_close_in() -> None:
    def after(days: float) -> Histogram:
        weights = {bucket_of("cpu", 1000): 1.0}
        return Histogram(resource="cpu", weights=weights, last_s=days * DAY_S, count=10**6)

    # 1017 x 1.15 = 1169.55; lower x (1 + 0.001 / days)^-2, upper x (1 + 1 / days)
    day = estimate(after(1.0))
    assert day.target == pytest.approx(1169.55)
    assert day.lower == pytest.approx(1169.55 / 1.001**2)
    assert day.upper == pytest.approx(2 * 1169.55)
    week = estimate(after(8.0))
    assert week.upper == pytest.approx(1.125 * 1169.55)
    assert week.lower > day.lower


def test_a_container_that_is_gone_is_forgotten_after_eight_days() -> None:
    taken: list[Taken] = [("app", "cpu", 100, START_S), ("app", "memory", 300 * MI, START_S)]
    _, usage = recommended(VERTICAL, {}, taken, START_S)
    size, usage = recommended(VERTICAL, usage, [], START_S + 7 * DAY_S)
    assert set(size["app"]) == {"cpu", "memory"}
    assert recommended(VERTICAL, usage, [], START_S + 10 * DAY_S) == ({}, {})


def test_other_resources_are_left_alone() -> None:
    assert recommended(VERTICAL, {}, [("app", "nvidia.com/gpu", 1000, START_S)], START_S) == ({}, {})


@given(
    st.dictionaries(st.sampled_from(["app/cpu", "app/memory", "app/other", "", "/"]), st.text(max_size=30), max_size=5),
    st.lists(st.tuples(st.sampled_from(["cpu", "memory"]), st.integers(0, 10**15)), max_size=5),
)
def test_garbage_in_the_memory_never_raises(usage: dict[str, str], taken: list[tuple[str, int]]) -> None:
    samples: list[Taken] = [("app", resource, amount, START_S) for resource, amount in taken]
    size, after = recommended(VERTICAL, usage, samples, START_S)
    assert set(after) == {f"{name}/{resource}" for name, resources in size.items() for resource in resources}


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=200))
def test_what_a_checkpoint_keeps_recommends_the_same(amounts: list[int]) -> None:
    usage: Mapping[str, str] = {}
    size: Size = {}
    for turn, amount in enumerate(amounts):
        now_s = START_S + 60.0 * turn
        size, usage = recommended(VERTICAL, usage, [("app", "cpu", amount, now_s)], now_s)
    later_s = START_S + 60.0 * len(amounts)
    before, _ = recommended(VERTICAL, usage, [], later_s)
    after, _ = recommended(VERTICAL, kept(usage), [], later_s)
    assert before == size
    if len(amounts) <= 1:  # nothing was learned since the snapshot
        assert after == before
    assert set(after["app"]) == {"cpu"}
