"""The exact solve and its bounds against trying every placement."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given

from simulations.replicas.bound import bound
from simulations.replicas.exact import optimum
from simulations.replicas.interchange import fast, greedy, total
from simulations.replicas.problem import Problem
from tests.simulations.replicas.instances import cost_of, least, problems


@given(problems())
def test_optimum_is_the_best_of_all_placements_even_from_a_bad_start(problem: Problem) -> None:
    cost = cost_of(problem)
    worst = max(combinations(range(len(problem.sites)), problem.k), key=lambda placed: total(cost, placed))
    proven = optimum(cost, worst)
    best = least(problem, lambda placed: total(cost, placed))
    assert proven.cost == pytest.approx(best, rel=1e-7, abs=1e-9)
    assert total(cost, proven.placed) == proven.cost
    assert len(set(proven.placed)) == problem.k
    assert proven.gap_pct <= 1e-4


@given(problems())
def test_bound_is_below_every_placement_and_rules_out_no_better_one(problem: Problem) -> None:
    cost = cost_of(problem)
    best = least(problem, lambda placed: total(cost, placed))
    known = total(cost, greedy(cost, problem.k))
    limits = bound(cost, problem.k, known)
    assert limits.lower <= best + 1e-9 * max(1.0, best)
    for placed in combinations(range(len(problem.sites)), problem.k):
        if total(cost, placed) < known - 1e-6:
            assert not limits.closed[list(placed)].any()
            assert set(np.flatnonzero(limits.opened)) <= set(placed)


def test_a_solve_without_time_reports_a_gap_that_is_true() -> None:
    points = np.random.default_rng(4).uniform(0, 100, (60, 2))
    cost = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    start = tuple(range(8))
    cut = optimum(cost, start, time_limit_s=0.0)
    best = optimum(cost, fast(cost, 8, np.random.default_rng(0)))
    assert best.gap_pct == 0.0
    assert cut.lower <= best.cost * (1 + 1e-9) <= cut.cost * (1 + 2e-9)
    assert cut.gap_pct >= 100 * (cut.cost / best.cost - 1) - 1e-6
