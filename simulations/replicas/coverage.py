"""Proof for the tail: the lowest percentile that any k sites can reach, whatever their mean.

"Do k sites serve 95 % of the users within T?" is maximum coverage, which HiGHS answers within 0.02 to 1.1 s for the 222
cities. The answer only changes at times that occur in the matrix and is monotone in T, so bisection over them ends
after about log2(users · sites) solves. The mean plays no part, so this bounds the tail search from below: where both
meet, the search is proven optimal.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, identity

from simulations.replicas.problem import SHARE_SLACK, Problem


def least_percentile_ms(problem: Problem, share: float = 0.95, *, time_limit_s: float = 60.0) -> float:
    """No placement has a lower percentile. A solve cut by the limit counts as reachable: a bound stays a bound."""
    levels = np.unique(problem.rtt_ms)
    low, high = 0, len(levels) - 1  # within the longest time everybody is served
    while low < high:
        middle = (low + high) // 2
        if reachable_share(problem, float(levels[middle]), time_limit_s=time_limit_s) >= share - SHARE_SLACK:
            high = middle
        else:
            low = middle + 1
    return float(levels[low])


def reachable_share(problem: Problem, threshold_ms: float, *, time_limit_s: float = 60.0) -> float:
    """The largest share of users (0 to 1) that k sites serve within the threshold; its bound if cut by the limit."""
    near = problem.rtt_ms <= threshold_ms
    users, sites = near.shape
    # y: site is open, c: user is covered, which takes one open site near it
    covered = hstack([csr_array(near.astype(np.float64)), -identity(users, format="csr")], format="csr")
    opened = csr_array(np.concatenate([np.ones(sites), np.zeros(users)])[None, :])
    found = milp(
        -np.concatenate([np.zeros(sites), problem.weights]),
        integrality=np.concatenate([np.ones(sites), np.zeros(users)]),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(covered, 0, np.inf), LinearConstraint(opened, problem.k, problem.k)],
        options={"time_limit": time_limit_s, "mip_rel_gap": 1e-9},
    )
    bound = found.fun if found.status == 0 else found.mip_dual_bound
    return 1.0 if bound is None else min(1.0, -float(bound))
