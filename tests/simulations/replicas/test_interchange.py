"""The fast heuristic: each step of it against the slow way of saying the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from simulations.replicas.interchange import fast, greedy, kicked, swap, total
from simulations.replicas.problem import Problem
from tests.simulations.replicas.instances import cost_of, least, make_problem, problems


@given(problems())
def test_greedy_picks_k_different_sites_each_the_best_next_one(problem: Problem) -> None:
    cost = cost_of(problem)
    chosen = greedy(cost, problem.k)
    assert len(set(chosen)) == problem.k
    for step in range(problem.k):
        others = [s for s in range(len(problem.sites)) if s not in chosen[:step]]
        best = min(total(cost, (*chosen[:step], s)) for s in others)
        assert total(cost, chosen[: step + 1]) == pytest.approx(best)


@given(problems())
def test_swap_never_costs_more_than_its_start_and_no_single_swap_helps(problem: Problem) -> None:
    cost = cost_of(problem)
    start = greedy(cost, problem.k)
    placed = swap(cost, start)
    reached = total(cost, placed)
    assert placed == tuple(sorted(set(placed)))
    assert len(placed) == problem.k
    assert reached <= total(cost, start) * (1 + 1e-12)
    for close in placed:
        for opened in set(range(len(problem.sites))) - set(placed):
            other = total(cost, tuple(opened if s == close else s for s in placed))
            assert other >= reached - 1e-9 * max(1.0, reached)


@given(problems())
def test_fast_is_between_the_optimum_and_swap(problem: Problem) -> None:
    cost = cost_of(problem)
    reached = total(cost, fast(cost, problem.k, np.random.default_rng(5)))
    best = least(problem, lambda placed: total(cost, placed))
    assert best - 1e-9 * max(1.0, best) <= reached <= total(cost, swap(cost, greedy(cost, problem.k))) * (1 + 1e-12)


def test_swap_mends_what_greedy_got_wrong() -> None:
    # Greedy takes the middle first and can then serve only one end; two replicas belong at the ends.
    problem = make_problem([[0, 10, 5], [0, 10, 5], [10, 0, 5], [10, 0, 5]], k=2, weights=[1, 1, 1, 1.1])
    cost = cost_of(problem)
    assert total(cost, swap(cost, (0, 2))) == 0.0
    assert swap(cost, (0, 2)) == (0, 1)


def test_ties_go_to_the_lower_index() -> None:
    assert greedy(np.ones((3, 4)), 2) == (0, 1)


def test_fast_is_the_same_again_under_the_same_seed() -> None:
    cost = np.random.default_rng(1).uniform(1, 100, (40, 40))
    assert fast(cost, 6, np.random.default_rng(3)) == fast(cost, 6, np.random.default_rng(3))


@pytest.mark.parametrize(
    ("placed", "sites", "moved"), [((0, 1, 2, 3), 10, 2), ((0,), 3, 1), ((0, 1, 2), 4, 1), ((0, 1), 2, 0)]
)
def test_a_kick_moves_half_of_the_replicas_as_far_as_there_is_room(
    placed: tuple[int, ...], sites: int, moved: int
) -> None:
    after = kicked(placed, sites, np.random.default_rng(0))
    assert len(set(after)) == len(placed)
    assert len(set(after) - set(placed)) == moved
