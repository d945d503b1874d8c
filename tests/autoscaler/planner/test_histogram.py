"""The sums of the fading histogram."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner.histogram import (
    FIRST,
    GROWTH,
    HALF_LIFE_S,
    LARGEST,
    Histogram,
    bucket_of,
    end_of,
    read,
    start_of,
    written,
)

START_S = 1_790_000_000.0
DAY_S = 86_400.0
MILLI_CPU = st.integers(0, 1_000_000)


def of(*amounts: int, every_s: float = 60.0) -> Histogram:
    known = Histogram(resource="cpu")
    for turn, amount in enumerate(amounts):
        known = known.with_sample(amount, START_S + turn * every_s)
    return known


@pytest.mark.parametrize(
    ("amount", "bucket", "end"),
    [
        pytest.param(0, 0, 10, id="nothing is in the first, which ends at 10m"),
        pytest.param(9, 0, 10, id="less than 10m is, too"),
        pytest.param(10, 1, 21, id="10m begins the second, which is 10 x 1.05 = 10.5 wide: ends at 20.5"),
        pytest.param(20, 1, 21, id="20m < 20.5"),
        pytest.param(21, 2, 32, id="21m > 20.5; the third ends at 20.5 + 11.025 = 31.525"),
        pytest.param(1000, 36, 1017, id="10 x (1.05^37 - 1) / 0.05 = 1016.3"),
    ],
)
def test_buckets_grow_by_five_percent(amount: int, bucket: int, end: int) -> None:
    assert bucket_of("cpu", amount) == bucket
    assert end_of("cpu", bucket) == end


@given(MILLI_CPU)
def test_an_amount_is_below_the_end_of_its_bucket_and_not_below_the_one_before(amount: int) -> None:
    bucket = bucket_of("cpu", amount)
    assert amount <= end_of("cpu", bucket)
    assert bucket == 0 or amount >= end_of("cpu", bucket - 1) - 1  # ends are rounded up
    assert end_of("cpu", bucket) <= amount * GROWTH + 12


@pytest.mark.parametrize(
    ("share", "end"),
    [
        pytest.param(
            0.5, 106, id="half of ten is reached in the bucket of 100m, which ends at 10 x (1.05^9 - 1) / 0.05"
        ),
        pytest.param(0.9, 106, id="nine of ten are there"),
        pytest.param(0.91, 1017, id="more than nine need the one of 1000m"),
        pytest.param(1.0, 1017, id="all"),
    ],
)
def test_a_percentile_is_the_end_of_the_bucket_where_it_is_reached(share: float, end: int) -> None:
    known = of(*[100] * 9, 1000, every_s=0.0)
    assert end_of("cpu", bucket_of("cpu", 100)) == 111  # 10 x (1.05^9 - 1) / 0.05 = 110.27
    assert known.percentile(share) == (111 if end == 106 else end)


def test_a_sample_weighs_half_after_a_day() -> None:
    known = Histogram(resource="cpu").with_sample(100, START_S)
    known = known.with_sample(1000, START_S + HALF_LIFE_S)
    # weights 1 and 2: the smaller amount has a third
    assert known.percentile(1 / 3) == 111
    assert known.percentile(0.34) == 1017


def test_telling_weights_anew_changes_no_percentile() -> None:
    known = Histogram(resource="cpu").with_sample(100, START_S)
    for day in range(1, 30):
        known = known.with_sample(1000 if day % 2 else 500, START_S + day * DAY_S)
        assert max(known.weights.values()) < 2**9
    # the last two days weigh 1 and 1/2, all of theirs before a quarter of that: 1000m has 2/3
    assert known.percentile(0.32) == end_of("cpu", bucket_of("cpu", 500))
    assert known.percentile(0.35) == end_of("cpu", bucket_of("cpu", 1000))


def test_what_weighs_next_to_nothing_is_no_percentile() -> None:
    known = Histogram(resource="cpu").with_sample(900_000, START_S).with_sample(100, START_S + 11 * DAY_S)
    assert known.percentile(1.0) == 111  # 2^-11 < 0.001


def test_nothing_is_known_of_an_empty_one() -> None:
    assert Histogram(resource="cpu").percentile(0.9) == 0
    assert Histogram(resource="cpu").confidence == 0


@pytest.mark.parametrize(
    ("minutes", "count", "days"),
    [
        pytest.param(2880, 1440, 1.0, id="two days with a sample every other minute: 1440 / 1440 a day"),
        pytest.param(720, 7200, 0.5, id="half a day of ten pods' samples: 720 / 1440"),
    ],
)
def test_confidence_is_the_lesser_of_days_and_samples(minutes: int, count: int, days: float) -> None:
    known = Histogram(resource="cpu", first_s=START_S, last_s=START_S + 60 * minutes, count=count)
    assert known.confidence == days


@given(st.lists(st.tuples(MILLI_CPU, st.floats(0, 20 * DAY_S)), max_size=40))
def test_text_keeps_percentiles(samples: list[tuple[int, float]]) -> None:
    known = Histogram(resource="cpu")
    for amount, after_s in sorted(samples, key=lambda each: each[1]):
        known = known.with_sample(amount, START_S + after_s)
    text = written(known)
    again = read("cpu", text)
    assert written(again) == text
    assert again.count == known.count
    assert again.percentile(1.0) == known.percentile(1.0)


@given(st.lists(MILLI_CPU, min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_percentiles_rise_with_the_share_and_stay_within_the_samples(
    amounts: list[int], share: float, other: float
) -> None:
    known = of(*amounts)
    low, high = known.percentile(min(share, other)), known.percentile(max(share, other))
    assert end_of("cpu", bucket_of("cpu", min(amounts))) <= low <= high <= end_of("cpu", bucket_of("cpu", max(amounts)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0 0 0 1",
        "0 0 0 1 5:-1",
        "0 0 0 1 5:nan",
        "0 0 0 1 5:inf",
        "0 0 0 1 -5:1",
        "0 0 0 1 999:1",
        "inf 0 0 1 5:1",
    ],
)
def test_garbage_is_an_empty_one(text: str) -> None:
    assert read("cpu", text) == Histogram(resource="cpu")


def test_more_than_the_largest_is_the_last_bucket() -> None:
    assert bucket_of("memory", 10 * LARGEST["memory"]) == bucket_of("memory", LARGEST["memory"])


@pytest.mark.parametrize("resource", sorted(FIRST))
def test_each_bucket_begins_where_it_says(resource: str) -> None:
    buckets = range(bucket_of(resource, LARGEST[resource]) + 1)
    assert [bucket_of(resource, start_of(resource, bucket)) for bucket in buckets] == list(buckets)
