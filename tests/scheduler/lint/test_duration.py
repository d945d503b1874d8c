"""Durations as Go's time.ParseDuration reads them."""

from __future__ import annotations

import pytest

from scheduler.lint.duration import seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5s", 5.0),
        ("200ms", 0.2),
        ("1m30s", 90.0),
        ("1.5h", 5400.0),
        (".5s", 0.5),
        ("-2s", -2.0),
        ("+2s", 2.0),
        ("0", 0.0),
        ("1h0m0.25s", 3600.25),
        ("3µs", 3e-6),
    ],
)
def test_duration(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "5", "s", "1d", "5 s", "1m 30s", "five", "5sx", "-", "٣s"])
def test_what_go_refuses_is_none(text: str) -> None:
    assert seconds(text) is None
