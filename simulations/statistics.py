"""Means over seeds and how sure they are.

The interval is Student's t at 95 %: seeds are few (3 to 30), so the normal law would be too sure of itself. Policies
under the same seed see the same workload; what differs between two policies is therefore judged by the *paired*
difference over the seeds that both ran, which does not carry the noise that both share. A value of `None` says that
there was nothing to measure; it is left out and `n` counts the rest. One value has no interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over `n` values, and its 95 % interval where there are at least two."""

    mean: float
    low: float | None
    high: float | None
    n: int

    @property
    def half(self) -> float | None:
        """Half the interval's width."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


def estimate(values: Iterable[float | None]) -> Estimate | None:
    """Mean and interval of the values that are there; `None` when none is. Their order does not matter."""
    present = [float(value) for value in values if value is not None]
    n = len(present)
    if n == 0:
        return None
    if min(present) == max(present):  # exact, where a sum of tenths would not be
        edge = present[0] if n > 1 else None
        return Estimate(mean=present[0], low=edge, high=edge, n=n)
    mean = math.fsum(present) / n
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in present) / (n - 1))
    half = t_quantile(n - 1) * deviation / math.sqrt(n)
    return Estimate(mean=mean, low=mean - half, high=mean + half, n=n)


def paired_difference(ours: Mapping[int, float | None], theirs: Mapping[int, float | None]) -> Estimate | None:
    """Ours minus theirs over the seeds that both measured; `None` when there is no such seed."""
    pairs = ((ours[seed], theirs[seed]) for seed in sorted(ours.keys() & theirs.keys()))
    return estimate(mine - other for mine, other in pairs if mine is not None and other is not None)


def t_quantile(degrees: int) -> float:
    """Student's t such that `CONFIDENCE` of the law lies within plus and minus it."""
    from scipy.special import stdtrit  # noqa: PLC0415  # what scipy.stats.t.ppf calls, in a tenth of its import time

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))
