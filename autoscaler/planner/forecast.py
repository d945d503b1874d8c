"""A look ahead that can only add: where the load goes until new pods are ready, and how far it may be off.

New pods take time, so a wish that follows the load is always late by that. The wish is told in replicas of the base
size, so that a vertical step does not look like a change of load.

* Level and trend: of a few simple guesses (the present number, means that forget in minutes, and the same with their
  trend) the one that would have been off least over the last hours, a horizon ahead. A calm load is followed closely,
  a nervous one slowly, and a straight line counts only where lines have been right. What is out of the noise has moved,
  and counts from there.
* Season: by what factor the load rose over the same stretch a day ago, and a week ago. A fall then takes nothing away
  now: it would hide a rise that only today has.
* Noise: how far that guess was off. It grows with the square root of the load, as with all that many people do
  independently. What is within it has not moved.
* Headroom (`headroom.py`), where `deviations` are asked for: it is learned from the load, where a target below 100 % is
  a guess about it.

Nothing is below the present wish: a forecast that is wrong costs replicas for a while, never an outage (Crane's EHPA
does the same). Memory is the last two numbers, one a minute for hours, then one mean a block for two weeks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from math import exp, log, sqrt
from statistics import fmean

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from autoscaler.planner.headroom import carried_on, kept_free
from autoscaler.planner.spec import Forecast

Floats = npt.NDArray[np.float64]
Series = tuple[tuple[float, float], ...]

MINUTE_S = 60.0
FINE_S = 3 * 3600.0  # a number a minute is kept for so long,
BLOCK_S = 1800.0  # then one mean for so long
KEPT_S = 14 * 86_400.0
FORGETS_S = (120.0, 300.0, 900.0)  # means forget two thirds in such a time
FEWEST = 5  # points: fewer are no memory,
OLD_S = 600.0  # and older ones say nothing of the next minutes
MOVED = 2.0  # deviations from the guess that are no noise any more
OUTLIER = 3.0  # deviations: the square of what is further off counts no more than that
PERIODS_S = (86_400.0, 7 * 86_400.0)
GROWTH = 3.0  # no season is believed to multiply the load by more,
LITTLE = 0.25  # and what is less than that is noise; replicas


def ahead(asked: Forecast, series: Series, now_s: float) -> float | None:
    """The wish to be ready for within the horizon, at least the present one; None with too little memory."""
    recent = _minutes(series[bisect_left(series, (now_s - FINE_S,)) :])
    if len(recent) < FEWEST or now_s - recent[-1][0] > OLD_S:
        return None
    wishes = np.array([wish for _, wish in recent])
    part = min((recent[-1][0] - recent[-2][0]) / MINUTE_S, 1.0)
    guess, noise = _guess(wishes, part, max(1, round(asked.horizon_s / MINUTE_S)))
    now = recent[-1][1]
    moved = max(0.0, now - guess - MOVED * noise)
    expected = (guess + moved) * max(1.0, _season(series, now_s, asked.horizon_s))
    if not asked.deviations:
        return max(now, expected)
    before_s, before = series[-2]
    rising = carried_on(before, now, recent[-1][0] - before_s, asked.horizon_s)
    return max(now, expected, kept_free(wishes, asked.deviations), rising)


def remembered(series: Series, at_s: float, wish: float) -> Series:
    """With one wish more: the newest and the one before, then one a minute, and what is old as one mean a block."""
    if series and at_s <= series[-1][0]:
        return series
    grown = (*_minutes(series), (at_s, wish))
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


def _minutes(points: Series) -> Series:
    """Without the number before the newest, where that is not a minute's own."""
    if len(points) > 2 and points[-2][0] - points[-3][0] < MINUTE_S:
        return (*points[:-2], points[-1])
    return points


def thinned(series: Series) -> Series:
    """The part that is one mean a block."""
    return series[: bisect_left(series, (_cut_s(series[-1][0]),))] if series else ()


def _cut_s(now_s: float) -> float:
    return (now_s - FINE_S) // BLOCK_S * BLOCK_S


def _guess(wishes: Floats, part: float, steps: int) -> tuple[float, float]:
    """The wish so many minutes from now by the best guess, and one deviation of what it may be off.

    The newest wish is *part* of a minute later than the one before, all others are a minute apart.
    """
    if len(wishes) < steps + FEWEST:
        return float(wishes[-1]), 0.0
    missed, guess = min(
        ((float(np.abs(wishes[steps:] - each[:-steps]).mean()), each) for each in _guesses(wishes, part, steps)),
        key=lambda pair: pair[0],
    )
    if not missed:
        return float(guess[-1]), 0.0
    squares = (wishes[steps:] - guess[:-steps]) ** 2 / np.maximum(guess[:-steps], LITTLE)
    relative = np.minimum(squares, OUTLIER**2 * squares.mean()).mean()
    return float(guess[-1]), sqrt(relative * max(float(guess[-1]), LITTLE))


def _guesses(wishes: Floats, part: float, steps: int) -> Iterator[Floats]:
    """At each point what each way of guessing would have said of the point *steps* later."""
    yield wishes
    for forgets_s in FORGETS_S:
        keeps = exp(-MINUTE_S / forgets_s)
        once = _mean(wishes, keeps, part)
        yield once
        twice = _mean(once, keeps, part)  # Brown's: the two lag alike, so their difference tells the trend
        yield np.maximum(2 * once - twice + (once - twice) * ((1 - keeps) / keeps * steps), 0.0)


def _mean(values: Floats, keeps: float, part: float) -> Floats:
    means: Floats = lfilter([1 - keeps], [1.0, -keeps], values, zi=[keeps * values[0]])[0]
    means[-1] = values[-1] + keeps**part * (means[-2] - values[-1])
    return means


def _season(series: Series, now_s: float, horizon_s: float) -> float:
    """What the load was multiplied by over the same stretch before; 1 where that is not known."""
    factors = []
    for period_s in PERIODS_S:
        start_s = now_s - period_s
        if series[0][0] > start_s:
            break
        before, after = _at(series, start_s) + LITTLE, _at(series, start_s + horizon_s) + LITTLE
        factors.append(min(max(after / before, 1 / GROWTH), GROWTH))
    return exp(fmean(map(log, factors))) if factors else 1.0


def _at(series: Series, at_s: float) -> float:
    """Between the points on both sides."""
    index = bisect_left(series, (at_s,))
    if index in (0, len(series)):
        return series[min(index, len(series) - 1)][1]
    (before_s, before), (after_s, after) = series[index - 1], series[index]
    return before + (after - before) * (at_s - before_s) / (after_s - before_s)
