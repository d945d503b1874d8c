"""A lower bound of the p-median cost and the sites that no optimum uses: what makes the exact solve small.

Lagrangian relaxation of "every user is served once": with a price per user, each site is worth the sum of what it
undercuts the prices by, and the k worthiest sites give a bound. Raising the prices of unserved users and lowering
those of users served twice (subgradient, Polyak's step) brings the bound close to the optimum within a few hundred
rounds, each one pass over the matrix. A site whose forced opening lifts the bound over a known placement's cost is in
no better placement, and one whose forced closing does so is in all of them.

This is much cheaper than the linear relaxation in the solver, which has users × sites variables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulations.replicas.problem import Floats

ROUNDS = 1500
PATIENCE = 25  # rounds without a better bound before the step is halved
SMALLEST_STEP = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """No placement costs less than `lower`; one below the given cost opens no `closed` site and every `opened`."""

    lower: float
    closed: npt.NDArray[np.bool_]
    opened: npt.NDArray[np.bool_]


def bound(cost: Floats, k: int, known: float) -> Bound:
    """The bound for cost (weight × time, users × sites) and k, given the cost of some placement."""
    sites = cost.shape[1]
    if k == sites:
        return Bound(lower=known, closed=np.zeros(sites, dtype=np.bool_), opened=np.ones(sites, dtype=np.bool_))
    spare = 1e-9 * max(known, 1e-300)  # rounding must not rule out the known placement itself
    prices = np.partition(cost, 1, axis=1)[:, 1].copy()
    lower, step, stale = -np.inf, 2.0, 0
    closed = np.zeros(sites, dtype=np.bool_)
    opened = np.zeros(sites, dtype=np.bool_)
    for _ in range(ROUNDS):
        worth = np.minimum(cost - prices[:, None], 0.0).sum(axis=0)
        order = np.argsort(worth, kind="stable")
        chosen = order[:k]
        value = float(prices.sum() + worth[chosen].sum())
        closed |= value + worth - worth[order[k - 1]] > known + spare
        opened |= value - worth + worth[order[k]] > known + spare
        if value > lower + 1e-7 * abs(known):
            stale = 0
        else:
            stale += 1
        lower = max(lower, value)
        if stale == PATIENCE:
            step, stale = step / 2, 0
        served = (cost[:, chosen] < prices[:, None]).sum(axis=1)
        missing = 1.0 - served
        length = float(missing @ missing)
        if length == 0 or step < SMALLEST_STEP or lower >= known - spare:
            break
        prices = prices + step * (known - value) / length * missing
    return Bound(lower=min(lower, known), closed=closed & ~opened, opened=opened)
