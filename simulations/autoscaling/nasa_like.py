"""A week of a public web site's requests, minute by minute, that needs no data: the built-in load of `autoscaling`.

Made in the likeness of the NASA web server's log in its second week, times 200: on average 53 requests a minute, so
177 a second after scaling, with

* a **day**: 1 + swing · cos, highest at 14 h;
* a **week**: two quiet days, then four usual ones and one that is special;
* **drift**: what users do beside the clock, a factor whose logarithm is an autoregressive process;
* **noise**: requests come in page views, `per_view` on average (both Poisson and gamma: the variance of a minute's
  count is 2 · per_view times its mean), which makes usual minutes differ by two fifths;
* **bursts**: so many an hour, of Pareto height over the level, that rise and fall off exponentially.

The log itself is not at hand, so drift, noise and bursts were searched for by what the published scalers do on it;
`kinds/autoscaling.py` says how near that comes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy.signal import lfilter

Floats = npt.NDArray[np.float64]

STEP_S: Final = 60.0
_DAY_S: Final = 86_400.0
_MOST: Final = 6.0  # times the level that bursts add at most
_REACH: Final = 8.0  # rise or decay times after which nothing is left of a burst


class NasaLike(BaseModel):
    """The shape of the load."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    per_minute: float = Field(53.0, gt=0, description="mean requests a minute, before scaling")
    scale: float = Field(200.0, gt=0, description="one recorded request stands for so many")
    swing: float = Field(0.6, ge=0, le=1, description="of the day around its mean")
    week: tuple[float, ...] = Field(
        (0.5, 0.5, 1.0, 1.05, 1.1, 1.6, 1.05), min_length=1, description="each day beside a usual one"
    )
    drift: float = Field(0.24, ge=0, le=2, description="standard deviation of the drift's logarithm")
    drift_s: float = Field(900.0, gt=0, description="how long a drift lasts: it forgets two thirds in this time")
    per_view: float = Field(5.0, gt=0, description="requests of one page view: how noisy a minute is")
    bursts_per_h: float = Field(0.25, ge=0)
    burst_gain: float = Field(1.9, ge=0, description="scale of the bursts' height, in levels")
    burst_shape: float = Field(1.5, gt=0, description="of the heights' Pareto law")
    burst_rise_s: float = Field(30.0, gt=0, description="mean time in which a burst rises")
    burst_decay_s: float = Field(120.0, gt=0, description="a burst decays in a minute plus a time of this mean")


def nasa_like(shape: NasaLike, days: float, rng: np.random.Generator) -> Floats:
    """Requests a second, a value a minute."""
    start_s = np.arange(round(days * _DAY_S / STEP_S), dtype=np.float64) * STEP_S
    of_day = 1 + shape.swing * np.cos(2 * np.pi * (start_s - 14 * 3600) / _DAY_S)
    of_week = np.array(shape.week)[(start_s // _DAY_S).astype(np.intp) % len(shape.week)]
    level = of_day * of_week
    level *= shape.per_minute / level.mean() * _drift(shape, len(start_s), rng)
    expected = level * (1 + np.minimum(_bursts(shape, start_s, rng), _MOST))
    views = rng.poisson(expected / shape.per_view)
    counts = rng.gamma(np.maximum(views, 1e-9)) * shape.per_view * (views > 0)
    rates: Floats = counts * shape.scale / STEP_S
    return rates


def _drift(shape: NasaLike, steps: int, rng: np.random.Generator) -> Floats:
    """Factors of mean 1."""
    keeps = float(np.exp(-STEP_S / shape.drift_s))
    shocks = rng.normal(0.0, shape.drift * np.sqrt(1 - keeps**2), steps)
    factors: Floats = np.exp(lfilter([1.0], [1.0, -keeps], shocks) - shape.drift**2 / 2)
    return factors


def _bursts(shape: NasaLike, start_s: Floats, rng: np.random.Generator) -> Floats:
    """What bursts add, in levels."""
    lasts_s = len(start_s) * STEP_S
    count = rng.poisson(shape.bursts_per_h * lasts_s / 3600)
    at_s = rng.uniform(0, lasts_s, count)
    height = np.minimum(rng.pareto(shape.burst_shape, count) * shape.burst_gain, _MOST)
    rise_s = rng.exponential(shape.burst_rise_s, count) + 1
    decay_s = rng.exponential(shape.burst_decay_s, count) + STEP_S
    added = np.zeros(len(start_s))
    for at, high, rise, decay in zip(at_s.tolist(), height.tolist(), rise_s.tolist(), decay_s.tolist(), strict=True):
        first, last = np.searchsorted(start_s, (at - _REACH * rise, at + _REACH * decay))
        since_s = start_s[first:last] - at
        added[first:last] += high * np.exp(np.where(since_s < 0, since_s / rise, -since_s / decay))
    return added
