"""All sources in one: the newest fresh measurement of each pair of sites, as the matrix that policies see.

Which entry is best is `choice`'s to say; here they are kept, dropped when too old, and bounded in number. One thread
writes. What is too old to be fresh stays until `keep_s`, because the model lets it decay slowly to what topology
suggests; by then nothing of it is left.

An entry that stands (an operator's, without a time) gets the time at which the matrix is made, and the matrix is made
anew each minute while such entries are in use: the operator has not taken it back *so far*. So the model needs to know
nothing of them, and a scheduler that no longer reads its ConfigMaps lets them decay like everything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kube.latency.choice import NOTHING, Chosen, choose, next_change_s
from kube.latency.layer import Floats
from kube.latency.measurement import Measurement
from kube.latency.table import MAX_SITES, Table
from policies.model.latency import CLOCK_SKEW_S, FRESH_S, HALF_LIFE_S, LatencyMatrix

KEEP_S = FRESH_S + 6 * HALF_LIFE_S  # by then 1/64 of a measurement is left in what is believed
RESTAMP_S = 60.0
REVIEW_S = 5.0  # how late it may be noticed that an entry is fresh no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How old the entries of one source are; those that stand have no age and are only counted."""

    standing: int
    dated: int
    newest_s: float  # NaN when none has a date
    median_s: float
    oldest_s: float


class Merged:
    """The best entry per ordered pair over all sources."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        fresh_s: float = FRESH_S,
        keep_s: float = KEEP_S,
        max_sites: int = MAX_SITES,
    ) -> None:
        self.refused: Counter[str] = Counter()  # why measurements were not taken, for metrics
        self._clock, self._fresh_s, self._keep_s = clock, fresh_s, keep_s
        self._table = Table(max_sites=max_sites)
        self._changed = False
        self._due_s = np.inf  # when time alone may change something
        self._names: tuple[str, ...] = ()  # sites and sources of what was chosen last
        self._sources: tuple[str, ...] = ()
        self._chosen: Chosen | None = None
        self._matrix = LatencyMatrix.of((), np.empty((0, 0)))
        self._made_s = -np.inf

    def publish(self, measurements: Sequence[Measurement]) -> None:
        """Take what is newer than what the same source told before of the same pair."""
        now_s = self._clock()
        for each in measurements:
            if now_s + CLOCK_SKEW_S < each.at_s < np.inf:
                self.refused["from the future"] += 1  # it would hide all that comes until then
            elif each.at_s < now_s - self._keep_s:
                self.refused["too old"] += 1
            elif (news := self._table.put(each)) is None:
                self.refused["no room"] += 1
            else:
                self._changed = self._changed or news

    def replace(self, source: str, measurements: Sequence[Measurement]) -> None:
        """From now on *source* tells exactly this; for sources that are read whole, as ConfigMaps are."""
        self._changed = self._table.withdraw(source) or self._changed
        self.publish([each for each in measurements if each.source == source])

    def matrix(self) -> LatencyMatrix:
        """The matrix of now: the same object while nothing changed."""
        now_s = self._clock()
        if self._changed or now_s >= self._due_s:
            self._review(now_s)
        made_ago_s = now_s - self._made_s
        if (
            self._chosen is not None
            and made_ago_s >= min(RESTAMP_S, self._fresh_s / 2)
            and np.isposinf(self._chosen.at_s).any()
        ):
            self._make(self._chosen, now_s)
        return self._matrix

    def ages(self) -> Mapping[str, Ages]:
        """How old everything is that is kept: by source, in order of name."""
        now_s = self._clock()
        return {name: _ages(layer.at_s, now_s) for name, layer in self._table.layers.items()}

    def _review(self, now_s: float) -> None:
        """Choose anew; a new matrix only when the choice is another."""
        self._table.forget(now_s - self._keep_s)
        layers, sites = self._table.layers, self._table.sites
        chosen = choose(list(layers.values()), len(sites), now_s=now_s, fresh_s=self._fresh_s)
        soonest_s = next_change_s(list(layers.values()), now_s=now_s, fresh_s=self._fresh_s, keep_s=self._keep_s)
        self._due_s, self._changed = max(soonest_s, now_s + REVIEW_S), False
        names, sources = sites, tuple(layers)
        is_same = (names, sources) == (self._names, self._sources)
        if not (is_same and self._chosen is not None and chosen.same(self._chosen)):
            self._names, self._sources, self._chosen = names, sources, chosen
            self._make(chosen, now_s)

    def _make(self, chosen: Chosen, now_s: float) -> None:
        told = (chosen.source != NOTHING).any(axis=0) | (chosen.source != NOTHING).any(axis=1)
        kept = np.array(sorted(np.flatnonzero(told), key=lambda number: self._names[number]), dtype=np.intp)
        pairs = np.ix_(kept, kept)
        names = tuple(name for source in self._sources for name in (source, f"{source}, reversed"))
        self._made_s = now_s
        self._matrix = LatencyMatrix(
            sites=tuple(self._names[number] for number in kept),
            p50_ms=chosen.p50_ms[pairs],
            p95_ms=chosen.p95_ms[pairs],
            measured_at_s=np.minimum(chosen.at_s[pairs], now_s),  # of one that stands; clocks may be a little ahead
            source=np.maximum(chosen.source[pairs], 0).astype(np.uint8),
            sources=names or ("given",),
        )


def _ages(at_s: Floats, now_s: float) -> Ages:
    dated = np.maximum(0.0, now_s - at_s[np.isfinite(at_s)])
    newest, median, oldest = np.quantile(dated, (0.0, 0.5, 1.0)) if len(dated) else (np.nan,) * 3
    return Ages(
        standing=int(np.isposinf(at_s).sum()),
        dated=len(dated),
        newest_s=float(newest),
        median_s=float(median),
        oldest_s=float(oldest),
    )
