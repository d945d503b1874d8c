"""What one source has told, as site × site columns; the numbers of the sites are the caller's.

Columns and not objects: 200 sites in a full mesh are 40,000 pairs, and choosing among sources is then a few array
operations instead of as many Python steps.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Layer:
    """Round trips of one source; NaN in `at_s` is "nothing told"."""

    def __init__(self, capacity: int) -> None:
        self.p50_ms, self.p95_ms, self.at_s = (_unknown(capacity) for _ in range(3))

    def put(self, row: int, column: int, *, p50_ms: float, p95_ms: float, at_s: float) -> bool:
        """Whether that is news: later than what was told before, or as late and other."""
        told_s = self.at_s[row, column]
        if at_s < told_s:
            return False
        if at_s == told_s and _same(p50_ms, self.p50_ms[row, column]) and _same(p95_ms, self.p95_ms[row, column]):
            return False
        self.p50_ms[row, column], self.p95_ms[row, column], self.at_s[row, column] = p50_ms, p95_ms, at_s
        return True

    def forget(self, before_s: float) -> None:
        """Drop what was measured before that time."""
        self.at_s[self.at_s < before_s] = np.nan  # NaN, nothing told, is before nothing

    def told(self) -> npt.NDArray[np.bool_]:
        """Of which pairs it tells something."""
        return ~np.isnan(self.at_s)

    def move(self, kept: npt.NDArray[np.intp], capacity: int) -> None:
        """Take over a new numbering: the site that had number `kept[i]` has number i."""
        for name in ("p50_ms", "p95_ms", "at_s"):
            fresh = _unknown(capacity)
            fresh[: len(kept), : len(kept)] = getattr(self, name)[np.ix_(kept, kept)]
            setattr(self, name, fresh)


def _unknown(size: int) -> Floats:
    return np.full((size, size), np.nan)


def _same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))
