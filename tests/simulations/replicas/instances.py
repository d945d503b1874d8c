"""Small problems for the tests of `simulations.replicas`, and the answer that trying everything gives."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from simulations.replicas.problem import Problem, Sites


def make_problem(rtt_ms: object, *, k: int = 1, weights: object = None) -> Problem:
    """Users u0, u1, … and sites s0, s1, …; every user weighs the same unless said."""
    matrix = np.array(rtt_ms, dtype=np.float64)
    return Problem(
        users=tuple(f"u{i}" for i in range(matrix.shape[0])),
        sites=tuple(f"s{i}" for i in range(matrix.shape[1])),
        rtt_ms=matrix,
        weights=np.ones(len(matrix)) if weights is None else np.array(weights, dtype=np.float64),
        k=k,
    )


def cost_of(problem: Problem) -> np.ndarray:
    return np.asarray(problem.weights[:, None] * problem.rtt_ms)


def least(problem: Problem, judge: Callable[[Sites], float]) -> float:
    """The lowest judgement of all placements."""
    return min(judge(placed) for placed in combinations(range(len(problem.sites)), problem.k))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Up to 8 users and 7 sites, asymmetric, with ties, zero distances and users that weigh nothing."""
    users, sites = draw(st.integers(1, 8)), draw(st.integers(1, 7))
    # whole numbers tie often; thirds bring rounding
    rtt = draw(st.lists(st.integers(0, 60), min_size=users * sites, max_size=users * sites))
    weights = draw(st.lists(st.integers(0, 5), min_size=users, max_size=users).filter(any))
    scale = draw(st.sampled_from([1.0, 1 / 3, 1e3]))
    return make_problem(
        np.array(rtt, dtype=np.float64).reshape(users, sites) * scale, k=draw(st.integers(1, sites)), weights=weights
    )
