"""How unevenly users are spread over sites: weights that sum to one, in site order.

`pareto` draws each site's weight from a Pareto law and so gives a few crowded sites among many quiet ones (80 % of
users in 20 % of the sites at α = 1.16). `zipf` gives the same set of weights for every seed, 1/rank^s, and only deals
them out at random, which compares policies with less noise.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError

Floats = npt.NDArray[np.float64]


def uniform(sites: int) -> Floats:
    """The same weight everywhere."""
    _check_sites(sites)
    return np.full(sites, 1.0 / sites)


def pareto(sites: int, rng: np.random.Generator, *, alpha: float = 1.16) -> Floats:
    """Weights from a Pareto law (lowest value 1) with tail index *alpha*; the smaller, the more uneven."""
    _check_sites(sites)
    # below 0.05 a draw may overflow a float
    if not (alpha >= 0.05 and math.isfinite(alpha)):
        raise InputError(f"alpha must be >= 0.05 and finite, got {alpha}")
    drawn = 1.0 + rng.pareto(alpha, size=sites)
    weights: Floats = drawn / drawn.sum()
    return weights


def zipf(sites: int, rng: np.random.Generator, *, exponent: float = 1.0) -> Floats:
    """Weights 1/rank^exponent, dealt to the sites at random."""
    _check_sites(sites)
    if not (exponent >= 0 and math.isfinite(exponent)):
        raise InputError(f"exponent must be >= 0 and finite, got {exponent}")
    raw = np.arange(1, sites + 1, dtype=np.float64) ** -exponent
    return rng.permutation(raw / raw.sum())


def _check_sites(sites: int) -> None:
    if sites < 1:
        raise InputError(f"sites must be >= 1, got {sites}")
