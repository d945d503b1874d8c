"""How long to wait before trying again: exponential with full jitter, bounded.

Full jitter – anything from nothing to the bound – spreads the clients of an API server that comes back best, and costs
the one that waits half as much on average. The cap is what the promise to recover within 5 s of the server's being back
leaves: after the longest wait there are 2 s for the connection and the answer.
"""

from __future__ import annotations

import numpy as np

FIRST_S = 0.2
CAP_S = 3.0
_GROWTH = 2.0


class Backoff:
    """Waits that grow with each failure in a row; `reset` after a success."""

    def __init__(self, rng: np.random.Generator, *, first_s: float = FIRST_S, cap_s: float = CAP_S) -> None:
        self._rng = rng
        self._first_s = first_s
        self._cap_s = cap_s
        self._bound_s = first_s

    def next_s(self) -> float:
        """Seconds to wait now, from 0 to the bound, which doubles up to the cap."""
        bound_s, self._bound_s = self._bound_s, min(self._bound_s * _GROWTH, self._cap_s)
        return float(self._rng.uniform(0, bound_s))

    def reset(self) -> None:
        """It works again."""
        self._bound_s = self._first_s

    def between(self, low_s: float, high_s: float) -> float:
        """Some time between the two, so that many who began together do not go on together."""
        return float(self._rng.uniform(low_s, high_s))
