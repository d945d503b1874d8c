"""Which numbers are believed, and from when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.planner.history import Seen
from autoscaler.planner.observation import PodValues, Reading, Sample, Total, Unavailable
from autoscaler.planner.plausibility import plausible
from autoscaler.planner.spec import Metric, MetricKind, Plausibility, Target

ASKED = Plausibility(zero_holds_s=180.0, frozen_after_s=1800.0, stale_after_s=120.0)
CPU = Metric(kind="Resource", name="cpu", target=Target(kind="Utilization", amount=50))
QUEUE = Metric(kind="External", name="queue", target=Target(kind="AverageValue", amount=100_000))
START_S = 1_000_000.0


class Watch:
    """One metric, told again and again; the memory goes along."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self.seen: Mapping[str, Seen] = {}

    def tell(self, after_s: float, reading: Reading) -> Reading:
        answers, self.seen = plausible(ASKED, (self.metric,), (reading,), self.seen, START_S + after_s)
        return answers[0]

    def total(self, after_s: float, milli: int, told_after_s: float | None = None) -> Reading:
        return self.tell(
            after_s, Total(milli=milli, timestamp_s=None if told_after_s is None else START_S + told_after_s)
        )

    def pods(self, after_s: float, *milli: int, told_after_s: float | None = None) -> Reading:
        told_s = START_S + (after_s if told_after_s is None else told_after_s)
        return self.tell(after_s, pods(told_s, milli))


def pods(told_s: float, milli: Sequence[int | None]) -> PodValues:
    return PodValues(
        samples={f"p{n}": Sample(by_container={"app": each}, timestamp_s=told_s) for n, each in enumerate(milli)}
    )


def is_suspect(reading: Reading) -> bool:
    return isinstance(reading, Unavailable) and reading.reason == "SuspectMetric"


@pytest.mark.parametrize(
    ("before", "after_s", "suspect"),
    [
        pytest.param(900_000, 0, True, id="at once"),
        pytest.param(900_000, 165, True, id="held for 165 s < 180 s"),
        pytest.param(900_000, 180, False, id="held for 180 s, no longer"),
        pytest.param(10_000, 0, False, id="10 is a tenth of the 100 that one replica should have: little"),
        pytest.param(10_001, 0, True, id="10.001 is more than a tenth of 100"),
        pytest.param(0, 0, False, id="it was 0 before"),
    ],
)
def test_a_sudden_zero_is_suspect_until_it_has_lasted(before: int, after_s: float, *, suspect: bool) -> None:
    watch = Watch(QUEUE)
    watch.total(-15, before, -15)
    watch.total(0, 0, 0)
    assert is_suspect(watch.total(after_s, 0, after_s)) is suspect


def test_a_zero_that_was_believed_stays_believed_and_a_new_one_does_not() -> None:
    watch = Watch(QUEUE)
    watch.total(0, 900_000)
    zeros = [watch.total(after_s, 0) for after_s in range(15, 400, 15)]
    assert zeros[-1] == Total(milli=0)
    assert watch.total(400, 900_000) == Total(milli=900_000)
    assert is_suspect(watch.total(415, 0))


def test_a_zero_first_seen_after_an_outage_is_suspect_from_then_on() -> None:
    watch = Watch(QUEUE)
    watch.total(0, 900_000)
    watch.tell(15, Unavailable(reason="FailedGetExternalMetric", message="503"))
    assert is_suspect(watch.total(3600, 0))


def test_a_fall_through_small_numbers_is_believed() -> None:
    watch = Watch(CPU)
    believed = [watch.pods(15.0 * turn, cpu, cpu) for turn, cpu in enumerate((400, 90, 20, 5, 1, 0))]
    assert not any(map(is_suspect, believed))


def test_one_pod_at_zero_among_others_is_fine_and_all_at_once_are_not() -> None:
    watch = Watch(CPU)
    watch.pods(0, 400, 400)
    assert not is_suspect(watch.pods(15, 800, 0))
    assert is_suspect(watch.pods(30, 0, 0))


def test_the_sentence_has_number_and_times() -> None:
    watch = Watch(QUEUE)
    watch.total(0, 900_000)
    watch.total(15, 0)
    answer = watch.total(60, 0)
    assert isinstance(answer, Unavailable)
    assert answer.message == "external metric queue: 0 after 900, for 45 s; believed after 180 s"  # 60 - 15 = 45


@pytest.mark.parametrize(
    ("age_s", "suspect"),
    [
        pytest.param(180, False, id="180 s = 120 s + the window of 60 s"),
        pytest.param(181, True, id="181 s > 120 s + 60 s"),
    ],
)
def test_old_samples_of_all_pods_make_the_metric_suspect(age_s: float, *, suspect: bool) -> None:
    assert is_suspect(Watch(CPU).pods(0, 400, 400, told_after_s=-age_s)) is suspect


def test_one_pods_old_sample_is_dropped_as_if_it_were_missing() -> None:
    old, new = (
        Sample(by_container={"app": 1}, timestamp_s=START_S - 200),
        Sample(by_container={"app": 2}, timestamp_s=START_S),
    )
    assert Watch(CPU).tell(0, PodValues(samples={"old": old, "new": new})) == PodValues(samples={"new": new})


def test_an_old_total_is_suspect_and_one_without_a_time_is_not() -> None:
    assert not is_suspect(Watch(QUEUE).total(0, 5, -120))
    assert is_suspect(Watch(QUEUE).total(0, 5, -121))
    assert not is_suspect(Watch(QUEUE).total(0, 5))


def test_samples_whose_time_nobody_told_are_not_old() -> None:
    reading = pods(0.0, [400, 400])
    assert Watch(CPU).tell(0, reading) is reading


def test_the_same_number_of_the_same_time_is_frozen_after_long() -> None:
    watch = Watch(QUEUE)
    watch.total(0, 700_000, 90_000)
    assert not is_suspect(watch.total(1785, 700_000, 90_000))
    answer = watch.total(1800, 700_000, 90_000)
    assert isinstance(answer, Unavailable)
    assert "700 and not a thing has changed for 1800 s" in answer.message
    assert not is_suspect(watch.total(1815, 700_001, 90_000))


@pytest.mark.parametrize("told_s", [None, 0.0, -START_S])
def test_the_same_number_without_a_time_may_be_true(told_s: float | None) -> None:
    watch = Watch(QUEUE)
    readings = [Total(milli=5_000, timestamp_s=told_s)] * 5
    assert [watch.tell(1800.0 * turn, reading) for turn, reading in enumerate(readings)] == readings


def test_a_clock_that_is_ahead_does_not_hide_a_frozen_answer() -> None:
    watch = Watch(CPU)
    watch.pods(0, 400, 400, told_after_s=90_000)
    assert is_suspect(watch.pods(1800, 400, 400, told_after_s=90_000))


def test_the_same_number_at_new_times_is_no_frozen_one() -> None:
    watch = Watch(CPU)
    assert not any(is_suspect(watch.pods(15.0 * turn, 3, 3)) for turn in range(500))


def test_no_pods_and_no_answer_are_left_to_the_rules() -> None:
    watch = Watch(CPU)
    watch.pods(0, 400)
    before = watch.seen
    assert watch.tell(15, PodValues(samples={})) == PodValues(samples={})
    gone = Unavailable(reason="FailedGetResourceMetric", message="503")
    assert watch.tell(30, gone) is gone
    assert watch.seen == before


def test_only_the_named_container_counts() -> None:
    metric = Metric(kind="ContainerResource", name="cpu", container="app", target=CPU.target)
    watch = Watch(metric)
    told = [Sample(by_container={"app": app, "sidecar": 300}, timestamp_s=START_S) for app in (400, 0)]
    watch.tell(0, PodValues(samples={"p": told[0]}))
    assert is_suspect(watch.tell(15, PodValues(samples={"p": told[1]})))


def test_the_memory_is_at_rest_in_what_a_checkpoint_keeps_while_the_load_trembles() -> None:
    watch = Watch(QUEUE)
    watch.total(0, 600_000, 0)
    kept = watch.seen[watch.metric.key]
    for turn in range(1, 100):
        watch.total(15.0 * turn, 600_000 + 3_000 * (turn % 7), 15.0 * turn)
    assert (watch.seen[watch.metric.key].nonzero_milli, watch.seen[watch.metric.key].nonzero_s) == (
        kept.nonzero_milli,
        kept.nonzero_s,
    )


KINDS: list[MetricKind] = ["Resource", "Pods", "Object", "External", "Prometheus"]


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
    st.sampled_from(KINDS),
    st.floats(0.5, 100.0),
)
def test_a_lively_fresh_number_is_always_believed(numbers: list[int], kind: MetricKind, step_s: float) -> None:
    watch = Watch(Metric(kind=kind, name="any", target=QUEUE.target))
    for turn, milli in enumerate(numbers):
        reading: Reading = Total(milli=milli, timestamp_s=START_S + turn * step_s)
        if kind in ("Resource", "Pods"):
            reading = pods(START_S + turn * step_s, [milli, None])
        assert watch.tell(turn * step_s, reading) is reading


@given(st.lists(st.sampled_from([0, 400_000, 900_000]), min_size=1, max_size=40))
def test_a_zero_is_believed_only_if_all_of_the_hold_before_it_was_zero_too(numbers: list[int]) -> None:
    watch = Watch(QUEUE)
    for turn, milli in enumerate(numbers):
        answer = watch.total(15.0 * turn, milli, 15.0 * turn)
        if milli == 0 and any(numbers[: turn + 1]):
            lasted = all(each == 0 for each in numbers[max(0, turn - 12) : turn + 1])  # 180 s / 15 s = 12
            assert is_suspect(answer) is not (lasted or not any(numbers[:turn]))
