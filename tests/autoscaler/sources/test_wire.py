"""Durations of Go in windows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.sources.errors import NoMetric
from autoscaler.sources.wire import window_s


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int, millis: int) -> None:
    told = f"{hours}h{minutes}m{seconds}.{millis:03}s"
    assert window_s(told, 60) == pytest.approx(hours * 3600 + minutes * 60 + seconds + millis / 1000)


@pytest.mark.parametrize(
    ("told", "expected"), [(None, 60.0), (30, 30.0), ("15.2s", 15.2), ("500ms", 0.5), ("1µs", 1e-6), ("0s", 0.0)]
)
def test_a_window_is(told: int | str | None, expected: float) -> None:
    assert window_s(told, 60) == pytest.approx(expected)


@pytest.mark.parametrize("told", ["", "15", "1d", "s", "-5s"])
def test_no_window_is(told: str) -> None:
    with pytest.raises(NoMetric, match=r"window: must be .*, got "):
        window_s(told, 60)
