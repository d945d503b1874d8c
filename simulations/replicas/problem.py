"""What is asked (users × candidate sites in ms, weights, k) and how an answer is judged.

A user is served by the nearest replica, so a placement is a set of sites and all that follows from it is one column
of round-trip times. The mean is weighted by users. The **percentile is the nearest rank**: the smallest time within
which at least that share of the users is served. We turned interpolation down: between two cities lies no user, and
only the nearest rank can be turned into a cost for the tail search (see `tail.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError

Floats = npt.NDArray[np.float64]
Sites = tuple[int, ...]

# Shares are sums of up to thousands of rounded weights: 0.95 must still count as reached when the sum is 0.9499999999.
SHARE_SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Where k replicas may go and whom they serve; `rtt_ms[u, s]` is from user u to site s, not always symmetric."""

    users: tuple[str, ...]
    sites: tuple[str, ...]
    rtt_ms: Floats
    weights: Floats
    k: int

    def __post_init__(self) -> None:
        rtt_ms = np.array(self.rtt_ms, dtype=np.float64, order="C")
        weights = np.array(self.weights, dtype=np.float64)
        shape = (len(self.users), len(self.sites))
        if 0 in shape:
            raise InputError(
                f"replicas: wants at least one user and one site, got {shape[0]} users and {shape[1]} sites"
            )
        if rtt_ms.shape != shape:
            raise InputError(f"replicas: rtt_ms must be users × sites = {shape}, got {rtt_ms.shape}")
        bad = ~(np.isfinite(rtt_ms) & (rtt_ms >= 0))
        if bad.any():
            user, site = (int(i) for i in np.argwhere(bad)[0])
            raise InputError(
                f"replicas: rtt_ms from {self.users[user]!r} to {self.sites[site]!r} must be finite and >= 0, "
                f"got {rtt_ms[user, site]}"
            )
        if weights.shape != shape[:1]:
            raise InputError(f"replicas: weights must be one per user = {shape[0]}, got {weights.shape}")
        bad = ~(np.isfinite(weights) & (weights >= 0))
        if bad.any():
            user = int(np.flatnonzero(bad)[0])
            raise InputError(f"replicas: weight of {self.users[user]!r} must be finite and >= 0, got {weights[user]}")
        if not 0 < weights.sum() < np.inf:
            raise InputError(f"replicas: weights must have a finite sum > 0, got {weights.sum()}")
        if not 1 <= self.k <= shape[1]:
            raise InputError(f"replicas: k must be from 1 to {shape[1]} (the number of sites), got {self.k}")
        weights /= weights.sum()
        for array in (rtt_ms, weights):
            array.flags.writeable = False
        object.__setattr__(self, "rtt_ms", rtt_ms)
        object.__setattr__(self, "weights", weights)

    def served_ms(self, placed: Sequence[int]) -> Floats:
        """Each user's time to the nearest replica."""
        nearest: Floats = self.rtt_ms[:, list(placed)].min(axis=1)
        return nearest

    def mean_ms(self, placed: Sequence[int]) -> float:
        return float(self.weights @ self.served_ms(placed))

    def percentile_ms(self, placed: Sequence[int], share: float) -> float:
        return weighted_percentile(self.served_ms(placed), self.weights, share)

    def site_shares(self, placed: Sequence[int]) -> Floats:
        """The share of users that each replica serves, in the order of `placed`; equal times go to the first."""
        nearest = self.rtt_ms[:, list(placed)].argmin(axis=1)
        shares = np.zeros(len(placed))
        np.add.at(shares, nearest, self.weights)
        return shares


def weighted_percentile(values: Floats, weights: Floats, share: float) -> float:
    """The smallest value within which at least `share` (0 to 1) of the weight lies."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    at = int(np.searchsorted(reached, (share - SHARE_SLACK) * reached[-1]))
    return float(values[order[min(at, len(order) - 1)]])


def distribution(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Distinct values in rising order and the share of the weight (0 to 1) at or below each."""
    distinct, at = np.unique(values, return_inverse=True)
    shares = np.cumsum(np.bincount(at, weights=weights, minlength=len(distinct)))
    return distinct, shares / shares[-1]
