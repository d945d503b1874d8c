"""Which load is recorded: a query, an interval, a step; and in which parts Prometheus is asked for it.

Whole seconds, as the client library rounds to them. In parts, because Prometheus answers at most 11,000 steps at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autoscaler.recording.errors import AskedError

LONGEST_PART = 10_000  # steps; Prometheus' own limit is 11,000 for each series
LARGEST = 5_000_000  # steps; two months of seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Times are seconds since 1970 (UTC). Both ends belong to it."""

    query: str
    start_s: int
    end_s: int
    step_s: int

    def __post_init__(self) -> None:
        if not self.query.strip():
            raise AskedError("query: must not be empty")
        if self.step_s < 1:
            raise AskedError(f"step: must be >= 1 s, got {self.step_s} s")
        if self.end_s <= self.start_s:
            raise AskedError(f"end: must be after the start {self.start_s}, got {self.end_s}")
        if self.steps > LARGEST:
            raise AskedError(f"step: must leave at most {LARGEST} steps, got {self.steps} with {self.step_s} s")

    @property
    def steps(self) -> int:
        """How many moments it has."""
        return (self.end_s - self.start_s) // self.step_s + 1

    def parts(self) -> Iterator[tuple[int, int]]:
        """First and last moment of each part, in order; together every moment once."""
        for first in range(0, self.steps, LONGEST_PART):
            last = min(first + LONGEST_PART, self.steps) - 1
            yield self.start_s + first * self.step_s, self.start_s + last * self.step_s
