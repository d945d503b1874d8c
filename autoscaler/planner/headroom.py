"""Room for what a load does by chance: how much, where the rest of `forecast` says how much more or less and when.

A target of 70 % keeps the same share of every pod free. What a load strays from its level is not that: counts of
requests stray by the root of their level, so at night 30 % is too little and at the peak too much. Here the level is
the median of the last minutes, and the spread is measured: how much numbers a minute apart differ, over the root of
their level, the median of the last hours. Both are deaf to bursts, so one of them costs nothing for hours afterwards.

Bursts are what no spread tells of. The rise since the number before is carried on to the horizon: numbers are means
over a window, so the first turn of a burst shows a part of it only.

With a target of all that a pod can do, wishes are what the load keeps busy, and this is all the room there is.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt

LEVEL = 20  # minutes
FEWEST = 10  # differences that tell anything
LITTLE = 0.25  # replicas; below this a level is no more than a trickle
NORMAL = 1.4826  # of a standard deviation over the median of what is beside the mean, if that is normal

Floats = npt.NDArray[np.float64]


def kept_free(wishes: Floats, deviations: float) -> float:
    """The wish for the level with so many deviations of spread; *wishes* are a minute apart, but for the newest."""
    level = float(np.median(wishes[-LEVEL:]))
    return level + deviations * spread(wishes) * sqrt(level)


def carried_on(before: float, now: float, apart_s: float, horizon_s: float) -> float:
    """The wish when the last rise goes on until the horizon; a fall does not."""
    return now + max(0.0, now - before) / apart_s * horizon_s


def spread(wishes: Floats) -> float:
    """Standard deviation over the root of the level; 0 where too little is known."""
    whole = wishes[:-1]
    if len(whole) <= FEWEST:
        return 0.0
    differences = np.abs(np.diff(whole)) / np.sqrt(np.maximum((whole[1:] + whole[:-1]) / 2, LITTLE))
    return float(np.median(differences)) * NORMAL / sqrt(2)
