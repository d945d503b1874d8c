"""The curves of several seeds as one line: the mean, and the band from the lowest seed to the highest.

Seeds need not share their x values (each has its own latencies), so all are read on one grid first: the x of all of
them, thinned by rank, which puts grid points where the data is. A line that is too fine for any screen is thinned in
buckets that keep their lowest and highest point, so that a short peak stays. A distribution is zero before it starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulations.result import Curve

MOST_POINTS: Final = 240  # a line is some 1,100 pixels wide; twelve policies must leave the file below 6 MB

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Mean, lowest and highest at each x; all three are the same line when there is one seed."""

    x: Floats
    mean: Floats
    low: Floats
    high: Floats
    seeds: int


def band(curves: list[Curve], *, distribution: bool) -> Band:
    """One line out of the seeds' lines."""
    xs = [np.asarray(curve.x, dtype=np.float64) for curve in curves]
    ys = [np.asarray(curve.y, dtype=np.float64) for curve in curves]
    if len(curves) == 1:
        keep = _thinned(ys[0])
        return Band(x=xs[0][keep], mean=ys[0][keep], low=ys[0][keep], high=ys[0][keep], seeds=1)
    if all(np.array_equal(x, xs[0]) for x in xs):
        grid, values = xs[0], np.vstack(ys)
    else:
        merged = np.unique(np.concatenate(xs))
        grid = merged[_evenly(len(merged))]
        values = np.vstack(
            [np.interp(grid, x, y, left=0.0 if distribution else None) for x, y in zip(xs, ys, strict=True)]
        )
    keep = _thinned(values.mean(axis=0))
    values, grid = values[:, keep], grid[keep]
    return Band(x=grid, mean=values.mean(axis=0), low=values.min(axis=0), high=values.max(axis=0), seeds=len(curves))


def drawn(values: Floats) -> list[Any]:
    """Numbers for the page, to five significant digits: finer than a pixel and half as long."""
    return [float(f"{value:.5g}") for value in values]


def _evenly(count: int) -> NDArray[np.intp]:
    if count <= MOST_POINTS:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, MOST_POINTS).round().astype(np.intp))


def _thinned(y: Floats) -> NDArray[np.intp]:
    if len(y) <= MOST_POINTS:
        return np.arange(len(y))
    edges = np.linspace(0, len(y), MOST_POINTS // 2 + 1).astype(np.intp)
    keep = {0, len(y) - 1}
    for start, stop in pairwise(edges):
        keep |= {int(start + y[start:stop].argmin()), int(start + y[start:stop].argmax())}
    return np.array(sorted(keep), dtype=np.intp)
