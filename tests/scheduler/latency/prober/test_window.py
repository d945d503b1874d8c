from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.latency.prober.window import MOST_PROBES, Probe, Result, Window, quantile

TIMEOUT_S = 0.9


def ok(at_s: float, rtt_s: float) -> Probe:
    return Probe(at_s, rtt_s, Result.OK)


def lost(at_s: float) -> Probe:
    return Probe(at_s, TIMEOUT_S, Result.LOST)


@pytest.mark.parametrize(
    ("count", "q", "expected"),
    [
        (1, 0.5, 1.0),
        (2, 0.5, 1.0),  # ceil(0.5 · 2) = 1st
        (3, 0.5, 2.0),  # ceil(0.5 · 3) = 2nd
        (19, 0.95, 19.0),  # ceil(0.95 · 19 = 18.05) = 19th
        (20, 0.95, 19.0),  # ceil(0.95 · 20) = 19th
        (100, 0.95, 95.0),
        (101, 0.95, 96.0),  # ceil(95.95) = 96th
        (7, 1.0, 7.0),
    ],
)
def test_a_quantile_is_the_nearest_rank(count: int, q: float, expected: float) -> None:
    assert quantile([float(value) for value in range(1, count + 1)], q) == expected


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.sampled_from([0.5, 0.95]))
def test_a_quantile_was_really_measured_and_is_numpys(values: list[float], q: float) -> None:
    found = quantile(sorted(values), q)
    assert found in values
    assert found == np.quantile(values, q, method="inverted_cdf")


def test_nothing_has_no_quantile() -> None:
    assert math.isnan(quantile([], 0.5))


def test_a_lost_probe_counts_as_the_whole_timeout() -> None:
    window = Window(60)
    for number in range(18):
        window.add(ok(number, 0.010))
    for number in (18, 19):
        window.add(lost(number))
    summary = window.summary(20)
    assert (summary.p50_s, summary.p95_s) == (0.010, TIMEOUT_S)  # the 19th of 20 was lost
    assert summary.loss == pytest.approx(2 / 20)


def test_a_refused_probe_counts_for_the_loss_alone() -> None:
    window = Window(60)
    window.add(ok(0, 0.010))
    window.add(Probe(1, math.nan, Result.REFUSED))
    summary = window.summary(2)
    assert (summary.p95_s, summary.loss, summary.probes) == (0.010, 0.5, 2)


def test_without_a_success_there_is_no_round_trip_to_show() -> None:
    window = Window(60)
    window.add(lost(0))
    summary = window.summary(1)
    assert not summary.is_measured
    assert summary.loss == 1.0


def test_what_has_left_the_window_is_forgotten_but_for_when_it_last_succeeded() -> None:
    window = Window(60)
    window.add(ok(0, 0.5))
    window.add(ok(30, 0.1))
    assert window.summary(59).p95_s == 0.5
    assert window.summary(60).p95_s == 0.1
    empty = window.summary(90)
    assert (empty.is_measured, empty.probes, empty.loss, empty.last_success_s) == (False, 0, 0.0, 30)


def test_a_window_is_bounded_in_number() -> None:
    window = Window(1e9)
    for number in range(MOST_PROBES + 5):
        window.add(ok(number, 0.1))
    assert window.summary(MOST_PROBES).probes == MOST_PROBES


PROBES = st.lists(
    st.tuples(st.floats(0, 5), st.floats(0.0001, 0.9), st.sampled_from(list(Result))), max_size=60
)  # fmt: skip


@given(PROBES, st.floats(1, 100))
def test_a_summary_is_of_the_probes_of_the_window_and_no_others(
    steps: list[tuple[float, float, Result]], length_s: float
) -> None:
    window, at_s, probes = Window(length_s), 0.0, []
    for step_s, rtt_s, result in steps:
        at_s += step_s
        shown_s = math.nan if result in {Result.REFUSED, Result.ERROR} else rtt_s
        probes.append(Probe(at_s, shown_s, result))
        window.add(probes[-1])
    inside = [probe for probe in probes if probe.at_s > at_s - length_s]
    summary = window.summary(at_s)
    successes = [probe for probe in inside if probe.result is Result.OK]
    assert summary.probes == len(inside)
    assert summary.is_measured == bool(successes)
    assert 0 <= summary.loss <= 1
    if successes:
        trips = [probe.rtt_s for probe in inside if not math.isnan(probe.rtt_s)]
        assert summary.p95_s == np.quantile(trips, 0.95, method="inverted_cdf")
        assert summary.p50_s <= summary.p95_s
