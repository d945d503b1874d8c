"""A look ahead that can only add: where the load goes in the next minutes, by its trend and by what it did before.

New pods take time, so a wish that follows the load is always late by that. The wish is told in replicas of the base
size, so that a vertical step does not look like a change of load.

* Trend: Theil and Sen's slope, the median over all pairs of the last minutes, which an outlier does not bend, and
  damped, because a straight line overshoots at every turn.
* Season: by what factor the load changed over the same stretch a day ago, and a week ago.

The highest of both and the present wish counts: a forecast that is wrong costs replicas for a while, never an outage
(Crane's EHPA does the same). Their mean was tried: it lags behind a rise that either of them sees alone, and on a web
site's likeness it saves half as much of what comes too late as the highest does.

Older memory is thinned to one mean a block, so that two weeks are some 700 numbers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import exp, log
from statistics import fmean

import numpy as np

from autoscaler.planner.spec import Forecast

Series = tuple[tuple[float, float], ...]

FINE_S = 1200.0  # every number is kept for so long,
BLOCK_S = 1800.0  # then one mean for so long
KEPT_S = 14 * 86_400.0
TREND_S = 600.0
TREND_POINTS = 5  # fewer are no trend
DAMPING_S = 600.0  # how far a trend is believed
PERIODS_S = (86_400.0, 7 * 86_400.0)
GROWTH = 3.0  # no season is believed to multiply the load by more,
LITTLE = 0.25  # and factors between loads of less than that are noise; replicas


def ahead(asked: Forecast, series: Series, now_s: float) -> float | None:
    """The highest wish until the horizon, at least the present one; None with too little memory."""
    known = _recent(series, now_s)
    if len(known) < TREND_POINTS:
        return None
    now = known[-1][1]
    trend = _slope(known) * DAMPING_S * (1 - exp(-asked.horizon_s / DAMPING_S))
    factors = _factors(series, now_s, asked.horizon_s)
    seasonal = now * exp(fmean(map(log, factors))) if factors else now
    return max(now, now + trend, seasonal)


def remembered(series: Series, at_s: float, wish: float) -> Series:
    """With one wish more; what is older than the fine part becomes one mean a block."""
    if series and at_s <= series[-1][0]:
        return series
    grown = (*series, (at_s, wish))
    end = bisect_left(grown, (_cut_s(at_s),))
    while end:
        block = grown[end - 1][0] // BLOCK_S
        start = bisect_left(grown, (block * BLOCK_S,), hi=end)
        if end - start == 1 and grown[start][0] == (block + 0.5) * BLOCK_S:
            break
        mean = ((block + 0.5) * BLOCK_S, fmean(point[1] for point in grown[start:end]))
        grown = (*grown[:start], mean, *grown[end:])
        end = start
    return grown[bisect_left(grown, (at_s - KEPT_S,)) :] if grown[0][0] < at_s - KEPT_S else grown


def thinned(series: Series) -> Series:
    """The part that is one mean a block."""
    return series[: bisect_left(series, (_cut_s(series[-1][0]),))] if series else ()


def _cut_s(now_s: float) -> float:
    return (now_s - FINE_S) // BLOCK_S * BLOCK_S


def _recent(series: Series, now_s: float) -> Series:
    return series[bisect_left(series, (now_s - TREND_S,)) :]


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Replicas a second."""
    at_s, wish = np.array(points).T
    first, second = np.triu_indices(len(at_s), 1)
    return float(np.median((wish[second] - wish[first]) / (at_s[second] - at_s[first])))


def _factors(series: Series, now_s: float, horizon_s: float) -> list[float]:
    """What the load was multiplied by over the same stretch, one period ago and another."""
    factors = []
    for period_s in PERIODS_S:
        start_s = now_s - period_s
        if series[0][0] > start_s:
            break
        before, after = _at(series, start_s) + LITTLE, _at(series, start_s + horizon_s) + LITTLE
        factors.append(min(max(after / before, 1 / GROWTH), GROWTH))
    return factors


def _at(series: Series, at_s: float) -> float:
    """The wish at a moment that is not before the first, on the line between its neighbours."""
    place = bisect_left(series, (at_s,))
    if place in (0, len(series)):
        return series[min(place, len(series) - 1)][1]
    (before_s, before), (after_s, after) = series[place - 1], series[place]
    return before + (after - before) * (at_s - before_s) / (after_s - before_s)
