"""Which of several sources is believed, pair by pair.

A round trip is one path there and one back, whoever starts: where only b → a was measured, a → b takes it, and its
source then says so (`prometheus, reversed`). For each ordered pair the best of all sources in both directions is, in
this order:

1. **fresh** before **standing** before **stale**: what was measured just now beats what an operator wrote down once,
   and that beats what was measured long ago;
2. one whose p95 is known before one without, which could not pass a limit;
3. measured in that direction before reversed;
4. the newest;
5. the source whose name is first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kube.latency.layer import Floats, Layer

_FRESH, _STANDING, _STALE = 8, 4, 0  # leaves room below for the p95 (2) and the direction (1)
NOTHING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The believed entries, site × site; `at_s` is infinite for a standing one."""

    p50_ms: Floats
    p95_ms: Floats
    at_s: Floats
    source: npt.NDArray[np.int16]  # 2 · place of the layer, + 1 where reversed; NOTHING where none tells

    def same(self, other: Chosen) -> bool:
        """Whether both say the same."""
        return all(
            np.array_equal(getattr(self, name), getattr(other, name), equal_nan=name != "source")
            for name in ("p50_ms", "p95_ms", "at_s", "source")
        )


def choose(layers: Sequence[Layer], size: int, *, now_s: float, fresh_s: float) -> Chosen:
    """The best entry for each ordered pair of the first *size* sites; *layers* in the order of their names."""
    best = np.full((size, size), NOTHING, dtype=np.int16)
    p50, p95, at = (np.full((size, size), np.nan) for _ in range(3))
    source = np.full((size, size), NOTHING, dtype=np.int16)
    for place, layer in enumerate(layers):
        for is_reversed in (False, True):
            given50, given95, given_at = (
                array[:size, :size].T if is_reversed else array[:size, :size]
                for array in (layer.p50_ms, layer.p95_ms, layer.at_s)
            )
            rank = _rank(given95, given_at, now_s=now_s, fresh_s=fresh_s) + (not is_reversed)
            rank[np.isnan(given_at)] = NOTHING
            better = (rank > best) | ((rank == best) & (given_at > at))
            best[better] = rank[better]
            p50[better], p95[better], at[better] = given50[better], given95[better], given_at[better]
            source[better] = 2 * place + is_reversed
    return Chosen(p50_ms=p50, p95_ms=p95, at_s=at, source=source)


def next_change_s(layers: Sequence[Layer], *, now_s: float, fresh_s: float, keep_s: float) -> float:
    """When time alone may next change a choice: an entry stops being fresh, or is dropped."""
    soonest = np.inf
    for layer in layers:
        for bound_s in (fresh_s, keep_s):
            ends = layer.at_s + bound_s
            soonest = min(soonest, float(np.min(ends, initial=np.inf, where=ends >= now_s)))
    return soonest


def _rank(p95_ms: Floats, at_s: Floats, *, now_s: float, fresh_s: float) -> npt.NDArray[np.int16]:
    kind = np.where(np.isposinf(at_s), _STANDING, np.where(now_s - at_s <= fresh_s, _FRESH, _STALE))
    rank: npt.NDArray[np.int16] = (kind + 2 * ~np.isnan(p95_ms)).astype(np.int16)
    return rank
