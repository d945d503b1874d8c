"""The last round trips to one target: exact quantiles over a sliding window of time.

A quantile is the nearest rank: a round trip that was really measured, not one in between, and of less than 20 of them
the p95 is the slowest. A probe that was **lost** counts as one that took the whole timeout: where 1 of 10 is lost, 95
of 100 users do not have the p95 of the other nine. A target that refuses, or whose name is unknown, tells nothing of
the network, and counts for the loss alone. Without one success in the window there is no round trip to show.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

MOST_PROBES = 4096  # a window of an hour with a probe a second


class Result(StrEnum):
    """How a probe ended."""

    OK = "ok"
    LOST = "lost"  # no answer in time
    REFUSED = "refused"  # an answer, but nobody listens
    ERROR = "error"  # no such name, no route


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe; `rtt_s` is the timeout where it was lost, and NaN where it tells nothing of the network."""

    at_s: float
    rtt_s: float
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a window shows."""

    p50_s: float
    p95_s: float
    probes: int
    loss: float  # of all probes, from 0 to 1
    last_success_s: float

    @property
    def is_measured(self) -> bool:
        """Whether there is a round trip to show."""
        return not math.isnan(self.p50_s)


class Window:
    """Probes of the last `length_s` seconds, on the clock whose time each of them carries."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._probes: deque[Probe] = deque(maxlen=MOST_PROBES)
        self._last_success_s = math.nan

    def add(self, probe: Probe) -> None:
        """Take one more, which is not older than those before."""
        self._probes.append(probe)
        if probe.result is Result.OK:
            self._last_success_s = probe.at_s

    def summary(self, now_s: float) -> Summary:
        """What the window shows at that time."""
        while self._probes and self._probes[0].at_s <= now_s - self._length_s:
            self._probes.popleft()
        succeeded = sum(probe.result is Result.OK for probe in self._probes)
        trips = sorted(probe.rtt_s for probe in self._probes if not math.isnan(probe.rtt_s)) if succeeded else []
        return Summary(
            p50_s=quantile(trips, 0.5),
            p95_s=quantile(trips, 0.95),
            probes=len(self._probes),
            loss=1 - succeeded / len(self._probes) if self._probes else 0.0,
            last_success_s=self._last_success_s,
        )


def quantile(ordered: list[float], q: float) -> float:
    """The smallest of the values that at least the share *q* of them does not exceed; NaN of none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(q * len(ordered) - 1e-9) - 1)]  # 0.95 · 20 is a little more than 19
