"""The tail mode: the lowest percentile of the users' time at a mean that is still allowed, then the lowest mean.

"At least 95 % of the users within T" is a covering problem with the mean as a side condition. Both fit in one p-median:
with the cost

    weight × (time + fine · [time > T])

a user's nearest replica is still the cheapest, so the fast interchange of `interchange.py` applies as it is, and the
fine weighs coverage against the mean (it is the Lagrange multiplier of the coverage). We try T downwards by
bisection, for each T a few fines and starts, and keep a placement only by its true percentile and mean, never by its
fined cost. A local search on the percentile itself stands still: most swaps leave a percentile where it is.
"""

from __future__ import annotations

import numpy as np

from simulations.replicas.interchange import greedy, kicked, swap
from simulations.replicas.problem import SHARE_SLACK, Floats, Problem, Sites

FINES = (0.5, 1.0, 2.0, 4.0, 16.0)  # in mean times: at 16, coverage counts for nearly all
# Ten times as many take seven times as long; on eight Zipf maps they lowered the p95 on two, by 0.6 and 4.7 %.
KICKS = 3
LAST_STEPS = 6  # thresholds tried one by one below the bisection's end: a heuristic's "no" is not a proof


def tail(
    problem: Problem,
    start: Sites,
    rng: np.random.Generator,
    *,
    share: float = 0.95,
    mean_limit_ms: float,
    kicks: int = KICKS,
) -> Sites:
    """A placement with a percentile (then a mean) no higher than start's, and a mean within the limit if start's is."""
    search = _Search(problem, share, max(mean_limit_ms, problem.mean_ms(start)), rng, kicks)
    best = tuple(sorted(start))
    percentile = problem.percentile_ms(best, share)
    floor = problem.percentile_ms(range(len(problem.sites)), share)  # with a replica on every site
    levels = np.unique(problem.rtt_ms)
    levels = levels[(levels >= floor) & (levels < percentile)]
    low, high = 0, len(levels)  # levels[high:] are reached, those below low seem out of reach
    while low < high:
        middle = (low + high) // 2
        found = search.within(float(levels[middle]), best)
        if found is None:
            low = middle + 1
        else:
            best = found
            high = int(np.searchsorted(levels, problem.percentile_ms(best, share)))
    for _ in range(LAST_STEPS):
        if low == 0:
            break
        low -= 1
        found = search.within(float(levels[low]), best)
        if found is not None:
            best = found
            low = int(np.searchsorted(levels, problem.percentile_ms(best, share)))
    return search.polished(best)


class _Search:
    """One problem's searches: what they share is the state of the random generator and the limits."""

    def __init__(
        self, problem: Problem, share: float, mean_limit_ms: float, rng: np.random.Generator, kicks: int
    ) -> None:
        self.problem, self.share, self.mean_limit_ms, self.rng, self.kicks = problem, share, mean_limit_ms, rng, kicks
        self.weighted = problem.weights[:, None] * problem.rtt_ms

    def allowed(self, placed: Sites, threshold_ms: float) -> bool:
        served = self.problem.served_ms(placed)
        covered = float(self.problem.weights @ (served <= threshold_ms))
        mean = float(self.problem.weights @ served)
        return covered >= self.share - SHARE_SLACK and mean <= self.mean_limit_ms * (1 + SHARE_SLACK)

    def fined(self, threshold_ms: float, fine: float) -> Floats:
        beyond = self.problem.rtt_ms > threshold_ms
        return self.weighted + (fine * self.mean_limit_ms * self.problem.weights)[:, None] * beyond

    def within(self, threshold_ms: float, best: Sites) -> Sites | None:
        """The placement of the lowest mean found that serves enough users within the threshold."""
        for fine in FINES:
            cost = self.fined(threshold_ms, fine)
            placed = swap(cost, best)
            if self.allowed(placed, threshold_ms):
                return placed
            placed = swap(cost, greedy(cost, self.problem.k))
            if self.allowed(placed, threshold_ms):
                return placed
            for _ in range(self.kicks):
                placed = swap(cost, kicked(placed, len(self.problem.sites), self.rng))
                if self.allowed(placed, threshold_ms):
                    return placed
        return None

    def polished(self, best: Sites) -> Sites:
        """The same percentile at a lower mean where one is found: smaller fines at the threshold now known to hold."""
        threshold_ms = self.problem.percentile_ms(best, self.share)
        for fine in (0.0, *FINES):
            cost = self.fined(threshold_ms, fine)
            for start in (best, *(kicked(best, len(self.problem.sites), self.rng) for _ in range(self.kicks))):
                placed = swap(cost, start)
                if self.allowed(placed, threshold_ms) and self.problem.mean_ms(placed) < self.problem.mean_ms(best):
                    best = placed
        return best
