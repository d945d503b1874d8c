"""The exact p-median: a heuristic for the upper bound, the Lagrangian bound to rule sites out, HiGHS for what is left.

The formulation is by radius (Cornuéjols, Nemhauser and Wolsey 1980; García, Labbé and Marín 2011): y[j] says that a
site is open, z[u, t] that none of u's t nearest sites is. With the nearest sites' times rising as D1 <= D2 <= …,

    cost of u = w · (D1 + Σ_t (D[t+1] - D[t]) · z[u, t]),   z[u, t] >= z[u, t-1] - y[t-th nearest],   z[u, 0] = 1.

It is as tight as the assignment formulation, has three non-zeros a row, and ends for each user at the first site that
is known to be open. z may be continuous: the objective pushes it to 0 or 1. On the 222 cities with k = 10 the bound
leaves 25 to 55 sites, and HiGHS needs 0.1 to 7 s for the rest; the formulation over all users and sites took it 14 s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from simulations.replicas.bound import Bound, bound
from simulations.replicas.interchange import total
from simulations.replicas.problem import Floats, Sites

Bools = npt.NDArray[np.bool_]

# A relative difference that is rounding, not a better placement.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A placement, its cost, and what is proven about it: no placement costs less than `lower`."""

    placed: Sites
    cost: float
    lower: float

    @property
    def gap_pct(self) -> float:
        """How far from the optimum this may be, in % of the optimum's bound; 0 when it is the optimum."""
        missing = self.cost - self.lower
        if missing <= ROUNDING * max(self.cost, 1e-300):
            return 0.0
        return 100.0 * missing / self.lower if self.lower > 0 else float("inf")


def optimum(cost: Floats, known: Sites, *, time_limit_s: float = 60.0) -> Proven:
    """The best placement of len(known) replicas, or the best found within the limit with its proven gap.

    `known` is a heuristic's placement: the better it is, the smaller the problem left. An answer whose gap is 0 is
    the same on every machine; one that was cut by the limit need not be.
    """
    value = total(cost, known)
    limits = bound(cost, len(known), value)
    proven = Proven(placed=tuple(sorted(known)), cost=value, lower=limits.lower)
    if proven.gap_pct == 0.0:
        return proven
    solved = _solve(cost, len(known), limits, time_limit_s)
    if solved is None:
        return proven
    placed, lower = solved
    if not placed or total(cost, placed) >= value * (1 - ROUNDING):
        placed = proven.placed
    reached = total(cost, placed)
    return Proven(placed=placed, cost=reached, lower=min(max(proven.lower, lower), reached))


def _solve(cost: Floats, k: int, limits: Bound, time_limit_s: float) -> tuple[Sites, float] | None:
    """HiGHS on the sites left: (placement or empty, lower bound); None when it came to nothing within the limit."""
    left = np.flatnonzero(~limits.closed)
    opened = limits.opened[left]
    # The solver's tolerances are absolute, so the costs it sees are of order one.
    scale = max(limits.lower, 1e-300)
    constant, nearest = _nearest_sets(cost[:, left] / scale, opened, len(left) - k)
    rows, columns, values, at_least = [], [], [], []
    for row, (last, before, _) in enumerate(nearest):
        rows += [row, row]
        columns += [len(left) + row, last]
        values += [1.0, 1.0]
        if before >= 0:
            rows.append(row)
            columns.append(len(left) + before)
            values.append(-1.0)
        at_least.append(1.0 if before < 0 else 0.0)
    count = len(left) + len(nearest)
    is_site = np.arange(count) < len(left)
    constraints = [LinearConstraint(is_site[None, :].astype(np.float64), k, k)]
    if nearest:
        matrix = csr_array((values, (rows, columns)), shape=(len(nearest), count))
        constraints.append(LinearConstraint(matrix, np.array(at_least), np.inf))
    found = milp(
        np.concatenate([np.zeros(len(left)), np.array([saved for _, _, saved in nearest])]),
        integrality=is_site.astype(np.int8),
        bounds=Bounds(np.concatenate([opened.astype(np.float64), np.zeros(len(nearest))]), np.ones(count)),
        constraints=constraints,
        options={"time_limit": time_limit_s, "mip_rel_gap": ROUNDING},
    )
    dual = found.fun if found.status == 0 else found.mip_dual_bound
    if dual is None:
        return None
    placed = () if found.x is None else tuple(int(j) for j in left[found.x[: len(left)] > 0.5])
    return placed, (constant + float(dual)) * scale


def _nearest_sets(cost: Floats, opened: Bools, longest: int) -> tuple[float, list[tuple[int, int, float]]]:
    """The constant part of the cost and, for each z: (site added last, the z before it or -1, cost when all are shut).

    Users whose t nearest sites are the same set share one z: that leaves a fifth to a half of them.
    """
    constant = float(cost.min(axis=1).sum())
    of_set: dict[int, int] = {}
    sets: list[tuple[int, int, float]] = []
    order = np.argsort(cost, axis=1, kind="stable")
    for user, near in enumerate(order):
        # One of the sites - k + 1 nearest is open, whatever is chosen; so is a site proven to be.
        stop = min(longest, int(np.argmax(opened[near]))) if opened.any() else longest
        steps = np.diff(cost[user, near[: stop + 1]])
        stop = int(np.flatnonzero(steps)[-1]) + 1 if steps.any() else 0
        members, before = 0, -1
        for site, step in zip(near[:stop].tolist(), steps[:stop].tolist(), strict=True):
            members |= 1 << site
            at = of_set.setdefault(members, len(sets))
            if at == len(sets):
                sets.append((site, before, step))
            else:
                sets[at] = (*sets[at][:2], sets[at][2] + step)
            before = at
    return constant, sets
