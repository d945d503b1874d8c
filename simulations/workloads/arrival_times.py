"""When requests (or pods) arrive: Poisson, by a daily rhythm, in a flash crowd, or as a recorded series says.

All return rising times in seconds from 0 to below the duration. A constant rate is drawn as a Poisson number of uniform
times, which is the same law as summing exponential gaps and needs one call. A varying rate λ(t) is drawn by thinning
(Lewis and Shedler, 1979): times at the highest rate, each kept with probability λ(t) / highest.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError
from simulations.workloads.series import Series

Floats = npt.NDArray[np.float64]

DAY_S = 86_400.0
_MOST = 1e8  # arrivals that fit the memory of the machines we run on


def poisson(rate_per_s: float, duration_s: float, rng: np.random.Generator) -> Floats:
    """Arrivals at a constant rate."""
    _check(rate_per_s=rate_per_s, duration_s=duration_s)
    expected = rate_per_s * duration_s
    if expected > _MOST:
        raise InputError(f"rate_per_s × duration_s must be at most {_MOST:.0e} arrivals, got {expected:.3g}")
    return np.sort(rng.uniform(0.0, duration_s, size=rng.poisson(expected)))


def thinned(
    rate_per_s: Callable[[Floats], Floats], highest_per_s: float, duration_s: float, rng: np.random.Generator
) -> Floats:
    """Arrivals at a rate that varies with time and is never above *highest_per_s*."""
    times = poisson(highest_per_s, duration_s, rng)
    kept: Floats = times[rng.uniform(0.0, highest_per_s, size=len(times)) < rate_per_s(times)]
    return kept


def diurnal(
    mean_per_s: float,
    duration_s: float,
    rng: np.random.Generator,
    *,
    swing: float = 0.8,
    peak_at_s: float = 14 * 3600.0,
    period_s: float = DAY_S,
) -> Floats:
    """A sinusoid: mean · (1 + swing · cos(2π (t - peak) / period)). A swing of 1 reaches zero at night."""
    _check(mean_per_s=mean_per_s, duration_s=duration_s, swing=swing)
    if swing > 1:
        raise InputError(f"swing must be from 0 to 1, got {swing}")
    if not (period_s > 0 and math.isfinite(period_s) and math.isfinite(peak_at_s)):
        raise InputError(f"period_s must be > 0 and peak_at_s finite, got {period_s} and {peak_at_s}")

    def rate(at_s: Floats) -> Floats:
        return mean_per_s * (1 + swing * np.cos(2 * np.pi * (at_s - peak_at_s) / period_s))

    return thinned(rate, mean_per_s * (1 + swing), duration_s, rng)


def flash_crowd(
    base_per_s: float,
    peak_per_s: float,
    duration_s: float,
    rng: np.random.Generator,
    *,
    at_s: float,
    ramp_s: float = 30.0,
    hold_s: float = 120.0,
    decay_s: float = 300.0,
) -> Floats:
    """The base rate, then from *at_s* a straight ramp to the peak, a hold, and an exponential way back to the base."""
    _check(base_per_s=base_per_s, duration_s=duration_s, at_s=at_s, ramp_s=ramp_s, hold_s=hold_s, decay_s=decay_s)
    if not (peak_per_s >= base_per_s and math.isfinite(peak_per_s)):
        raise InputError(f"peak_per_s must be >= base_per_s {base_per_s} and finite, got {peak_per_s}")

    def rate(t_s: Floats) -> Floats:
        climbed = np.clip((t_s - at_s) / max(ramp_s, 1e-9), 0.0, 1.0)
        over_s = np.maximum(0.0, t_s - (at_s + ramp_s + hold_s))
        return base_per_s + (peak_per_s - base_per_s) * climbed * np.exp(-over_s / max(decay_s, 1e-9))

    return thinned(rate, peak_per_s, duration_s, rng)


def following(series: Series, rng: np.random.Generator, *, scale: float = 1.0) -> Floats:
    """As many arrivals in each step as a recorded series of counts says on average, times *scale*; none in its gaps."""
    _check(scale=scale)
    if (series.values < 0).any():
        raise InputError(f"series: counts must be >= 0, got {series.values.min()}")
    expected = float(series.values.sum()) * scale
    if expected > _MOST:
        raise InputError(f"series × {scale} must be at most {_MOST:.0e} arrivals, got {expected:.3g}")
    counts = rng.poisson(series.values * scale)
    inside_s = rng.uniform(0.0, series.step_s, size=int(counts.sum()))
    return np.sort(np.repeat(series.start_s, counts) + inside_s)


def _check(**amounts: float) -> None:
    for name, amount in amounts.items():
        if not (amount >= 0 and math.isfinite(amount)):
            raise InputError(f"{name} must be >= 0 and finite, got {amount}")
