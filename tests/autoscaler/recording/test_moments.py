"""Times as people write them."""

from __future__ import annotations

import time

import pytest

from autoscaler.recording.errors import AskedError
from autoscaler.recording.moments import moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-01T10:00:00Z", 1793527200),
        ("2026-11-01T10:00:00+09:00", 1793494800),  # nine hours earlier
        ("2026-11-01 10:00", 1793527200),  # UTC, whatever the machine's zone is
        ("2026-11-01", 1793491200),
        ("1700000000", 1700000000),
    ],
)
def test_a_time_is(text: str, seconds: int) -> None:
    assert moment("start", text) == seconds


@pytest.mark.parametrize(
    ("text", "ago_s"), [("now", 0), ("30m", 1800), ("1h30m", 5400), ("7d", 604_800), ("3 hours ago", 10_800)]
)
def test_a_time_is_so_long_ago(text: str, ago_s: int) -> None:
    assert moment("start", text) == pytest.approx(time.time() - ago_s, abs=30)


@pytest.mark.parametrize("text", ["", "soon", "5", "10:00"])
def test_no_time_is(text: str) -> None:
    with pytest.raises(AskedError, match=f"start: must be a time such as .*, got '{text}'"):
        moment("start", text)
