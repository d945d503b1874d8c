"""What is left of Prometheus' series: one number a moment, and no number where there was none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from autoscaler.recording.asked import Asked
from autoscaler.recording.errors import RecordingError
from autoscaler.recording.range_query import Series
from autoscaler.recording.trace import Trace, recorded, summed


class Steady:
    """Answers 1.5 at each moment but those of `silent`."""

    def __init__(self, *silent: int) -> None:
        self.silent = silent
        self.asked: list[tuple[int, int, int]] = []

    def ask(self, query: str, start_s: int, end_s: int, step_s: int) -> Sequence[Series]:
        self.asked.append((start_s, end_s, step_s))
        moments = [at_s for at_s in range(start_s, end_s + 1, step_s) if at_s not in self.silent]
        return [{"metric": {}, "values": [[at_s, "1.5"] for at_s in moments]}] if moments else []


def test_series_are_summed_at_each_moment() -> None:
    series: list[dict[str, Any]] = [
        {"metric": {"pod": "a"}, "values": [[0, "0.1"], [15, "1"], [30, "NaN"], [45, "+Inf"]]},
        {"metric": {"pod": "b"}, "values": [[0, "0.2"], [30, "4"], [45, "NaN"], [60, "5"]]},
    ]
    # 0.1 + 0.2 rounded once; at 30 and 15 the one that there is; nothing at 45
    assert summed(series) == [(0, pytest.approx(0.3)), (15, 1.0), (30, 4.0), (60, 5.0)]


@pytest.mark.parametrize("series", [[{"metric": {}}], [{"values": [[0]]}], [{"values": [[0, "x"]]}], ["a"]])
def test_what_is_no_series_is_told(series: Any) -> None:
    with pytest.raises(RecordingError, match="no series of Prometheus"):
        summed(series)


def test_a_long_trace_is_fetched_in_parts_with_progress() -> None:
    prometheus, steps = Steady(15, 30), list[int]()
    trace = recorded(Asked(query="up", start_s=0, end_s=15 * 24_999, step_s=15), prometheus, steps.append)
    assert prometheus.asked == [(0, 149_985, 15), (150_000, 299_985, 15), (300_000, 374_985, 15)]
    assert steps == [10_000, 10_000, 5_000]
    assert (len(trace.points), trace.missing) == (24_998, 2)


def test_nothing_at_all_is_an_error() -> None:
    with pytest.raises(RecordingError, match="up: has no number from 0 to 10"):
        recorded(Asked(query="up", start_s=0, end_s=10, step_s=10), Steady(0, 10), lambda _: None)


def test_the_file_has_a_header_and_exact_numbers() -> None:
    assert Trace(points=((0, 0.1), (15, 1e20), (30, 3.0)), missing=0).csv() == (
        "time_s,value\n0,0.1\n15,1e+20\n30,3.0\n"
    )
