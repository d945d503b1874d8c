"""Durations as Go writes them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from kube.program.duration import Seconds

SECONDS: TypeAdapter[float] = TypeAdapter(Seconds)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("200ms", 0.2), ("5s", 5.0), ("1m30s", 90.0), ("1h", 3600.0), ("1.5s", 1.5), (".5s", 0.5), ("5.s", 5.0),
        ("1us", 1e-6), ("1µs", 1e-6), ("10ns", 1e-8), ("0", 0.0), ("0s", 0.0), (" 5s ", 5.0), (5, 5.0), (0.25, 0.25),
    ],
)  # fmt: skip
def test_text_and_numbers_are_seconds(told: Any, seconds: float) -> None:
    assert SECONDS.validate_python(told) == pytest.approx(seconds)


@pytest.mark.parametrize("told", ["5", "5 s", "s", "", "-5s", "1m30", "5d", "1e3s", True, None, [], "5S"])
def test_what_is_no_duration_is_refused(told: Any) -> None:
    with pytest.raises(ValidationError):
        SECONDS.validate_python(told)


def test_refusal_shows_how_it_is_written() -> None:
    with pytest.raises(ValidationError, match="must be seconds, or text such as 200ms, 5s or 1m30s"):
        SECONDS.validate_python("5")
