"""Every moment of what is asked is in one part, and no part is longer than Prometheus answers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.recording.asked import LONGEST_PART, Asked
from autoscaler.recording.errors import AskedError


@given(start_s=st.integers(0, 2**31), lasts_s=st.integers(1, 200_000), step_s=st.integers(1, 5000))
def test_the_parts_hold_every_moment_once(start_s: int, lasts_s: int, step_s: int) -> None:
    asked = Asked(query="up", start_s=start_s, end_s=start_s + lasts_s, step_s=step_s)
    parts = list(asked.parts())
    moments = [at_s for first_s, last_s in parts for at_s in range(first_s, last_s + 1, step_s)]
    assert moments == list(range(start_s, start_s + lasts_s + 1, step_s))
    assert len(moments) == asked.steps
    assert all((last_s - first_s) // step_s < LONGEST_PART for first_s, last_s in parts)


@pytest.mark.parametrize(
    ("query", "start_s", "end_s", "step_s", "said"),
    [
        (" ", 0, 10, 1, "query: must not be empty"),
        ("up", 0, 10, 0, "step: must be >= 1 s, got 0 s"),
        ("up", 10, 10, 1, "end: must be after the start 10, got 10"),
        ("up", 0, 10_000_000, 1, "step: must leave at most 5000000 steps, got 10000001 with 1 s"),
    ],
)
def test_what_cannot_be_asked_is_told(query: str, start_s: int, end_s: int, step_s: int, said: str) -> None:
    with pytest.raises(AskedError, match=re.escape(said)):
        Asked(query=query, start_s=start_s, end_s=end_s, step_s=step_s)
