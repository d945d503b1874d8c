"""The methods by name: how they stand to each other, and that each is the same again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from simulations.replicas.methods import METHODS, Method, is_small, place
from simulations.replicas.problem import Problem
from tests.simulations.replicas.instances import make_problem, problems


@given(problems())
def test_means_stand_in_the_order_of_the_effort(problem: Problem) -> None:
    mean = {m: place(problem, m, np.random.default_rng(2)).mean_ms for m in METHODS}
    slack = 1e-7 * max(1.0, mean["random"])
    assert mean["optimum"] <= mean["swap"] + slack
    assert mean["swap"] <= mean["greedy"] + slack
    assert mean["optimum"] <= mean["random"] + slack
    assert mean["optimum"] <= mean["tail"] + slack
    assert mean["auto"] == pytest.approx(mean["optimum"])  # small: the same solve


@given(problems())
def test_a_proven_bound_is_no_more_than_the_mean(problem: Problem) -> None:
    found = place(problem, "optimum", np.random.default_rng(2))
    assert found.lower_mean_ms is not None
    assert found.lower_mean_ms <= found.mean_ms


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_sites(method: Method) -> None:
    rtt_ms = np.random.default_rng(7).uniform(1, 200, (30, 25))
    problem = make_problem(rtt_ms, k=5)
    one, two = (place(problem, method, np.random.default_rng(11)) for _ in range(2))
    assert one == two
    assert one.placed == tuple(sorted(one.placed))


def test_auto_does_not_prove_a_large_problem() -> None:
    rtt_ms = np.random.default_rng(7).uniform(1, 200, (101, 100))
    problem = make_problem(rtt_ms, k=5)
    assert not is_small(problem)
    found = place(problem, "auto", np.random.default_rng(1))
    assert found.lower_mean_ms is None
    assert found.placed == place(problem, "swap", np.random.default_rng(1)).placed
