"""The tail search against trying every placement, and its proof."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.replicas.coverage import least_percentile_ms, reachable_share
from simulations.replicas.methods import place
from simulations.replicas.problem import Problem
from simulations.replicas.tail import tail
from tests.simulations.replicas.instances import least, make_problem, problems


@given(problems(), st.sampled_from([0.5, 0.95]), st.sampled_from([0.0, 0.125, 1.0]))
def test_tail_is_never_worse_than_its_start_and_keeps_the_mean(problem: Problem, share: float, slack: float) -> None:
    start = place(problem, "optimum", np.random.default_rng(0)).placed
    limit_ms = problem.mean_ms(start) * (1 + slack)
    placed = tail(problem, start, np.random.default_rng(0), share=share, mean_limit_ms=limit_ms)
    assert len(set(placed)) == problem.k
    assert problem.percentile_ms(placed, share) <= problem.percentile_ms(start, share)
    assert problem.mean_ms(placed) <= limit_ms * (1 + 1e-6) + 1e-9
    floor = least(problem, lambda chosen: problem.percentile_ms(chosen, share))
    assert problem.percentile_ms(placed, share) >= floor


@given(problems(), st.sampled_from([0.5, 0.8, 0.95]))
def test_the_proof_is_the_lowest_percentile_of_all_placements(problem: Problem, share: float) -> None:
    wanted = least(problem, lambda chosen: problem.percentile_ms(chosen, share))
    assert least_percentile_ms(problem, share) == wanted


def test_tail_trades_the_mean_for_the_far_users() -> None:
    # One replica: at s0 nine users in ten have 1 ms and the tenth 100 ms; at s1 all have 10 ms.
    problem = make_problem([[1, 10]] * 9 + [[100, 10]], k=1)
    median = place(problem, "optimum", np.random.default_rng(0))
    assert median.placed == (1,)  # mean 10 against (9·1 + 100) / 10 = 10.9
    problem = make_problem([[1, 10]] * 9 + [[50, 10]], k=1)
    assert place(problem, "optimum", np.random.default_rng(0)).placed == (0,)  # mean (9 + 50) / 10 = 5.9
    assert place(problem, "tail", np.random.default_rng(0)).placed == (0,)  # 10 is more than 12.5 % over 5.9
    assert place(problem, "tail", np.random.default_rng(0), tail_mean_slack=1.0).placed == (1,)


def test_reachable_share_counts_users_by_weight() -> None:
    problem = make_problem([[1, 9], [9, 1]], k=1, weights=[3, 1])
    assert reachable_share(problem, 1.0) == pytest.approx(0.75)
    assert reachable_share(problem, 0.5) == pytest.approx(0.0)
    assert reachable_share(problem, 9.0) == pytest.approx(1.0)
