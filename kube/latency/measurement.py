"""One measured round trip between two sites, and what every source of them looks like.

What nobody knows is NaN. A p95 that is unknown stays so: the model lets it pass no hard limit. An operator who writes
down a round trip without saying when it was measured stands by it: its time is `STANDING`, and it holds until it is
taken back.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from kube.latency.errors import MeasurementError

STANDING: Final = math.inf  # later than any time: whoever said it has not taken it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A round trip from one site to another; `at_s` is seconds since 1970, or `STANDING`."""

    origin: str
    to: str
    p50_ms: float = math.nan
    p95_ms: float = math.nan
    at_s: float
    source: str

    def __post_init__(self) -> None:
        if problem := self._problem():
            raise MeasurementError(f"latency from {self.origin!r} to {self.to!r}: {problem}")

    def _problem(self) -> str:
        if not (self.origin and self.to and self.source):
            return f"both sites and the source {self.source!r} must have a name"
        for name, value in (("p50_ms", self.p50_ms), ("p95_ms", self.p95_ms)):
            if not (0 <= value < math.inf or math.isnan(value)):
                return f"{name} must be >= 0 and finite, got {value}"
        if math.isnan(self.p50_ms) and math.isnan(self.p95_ms):
            return "p50_ms or p95_ms must be known"
        return "" if self.at_s > -math.inf else f"at_s must be a time, got {self.at_s}"  # NaN fails too


@dataclass(frozen=True, slots=True)
class Read:
    """What a source that is read whole says now, and what is wrong with those parts of it that were not taken."""

    measurements: tuple[Measurement, ...]
    problems: tuple[str, ...]


class LatencySource(Protocol):
    """Something that keeps telling round trips until it is told to stop."""

    @property
    def name(self) -> str: ...

    async def run(self, stop: asyncio.Event, publish: Callable[[Sequence[Measurement]], None]) -> None:
        """Publish what is measured until *stop*; a source that fails keeps trying and publishes nothing meanwhile."""
        ...
