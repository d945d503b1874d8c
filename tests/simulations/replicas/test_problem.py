"""The problem refuses what is no problem, naming the entry; the figures are the nearest-rank ones."""

from __future__ import annotations

import numpy as np
import pytest

from simulations.errors import InputError
from simulations.replicas.problem import Problem, distribution, weighted_percentile
from tests.simulations.replicas.instances import make_problem

GOOD = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1.0])
def test_an_impossible_time_is_refused_by_the_names_of_its_entry(wrong: float) -> None:
    with pytest.raises(InputError, match=rf"'u2' to 's1' must be finite and >= 0, got {wrong}"):
        make_problem([*GOOD[:2], [5.0, wrong]])


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -0.5])
def test_an_impossible_weight_is_refused_by_name(wrong: float) -> None:
    with pytest.raises(InputError, match=rf"weight of 'u1' must be finite and >= 0, got {wrong}"):
        make_problem(GOOD, weights=[1.0, wrong, 1.0])


def test_weights_that_sum_to_zero_are_refused() -> None:
    with pytest.raises(InputError, match="sum > 0"):
        make_problem(GOOD, weights=[0.0, 0.0, 0.0])


@pytest.mark.parametrize("k", [0, -1, 3])
def test_more_replicas_than_sites_or_none_are_refused(k: int) -> None:
    with pytest.raises(InputError, match=rf"k must be from 1 to 2 \(the number of sites\), got {k}"):
        make_problem(GOOD, k=k)


@pytest.mark.parametrize(
    ("users", "sites", "weights", "message"),
    [
        (("a", "b"), ("x", "y"), [1.0, 1.0], r"users × sites = \(2, 2\), got \(3, 2\)"),
        (("a", "b", "c"), ("x", "y"), [1.0, 1.0], r"one per user = 3, got \(2,\)"),
        ((), ("x", "y"), [], "at least one user and one site"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    users: tuple[str, ...], sites: tuple[str, ...], weights: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Problem(users=users, sites=sites, rtt_ms=np.array(GOOD), weights=np.array(weights), k=1)


def test_the_callers_arrays_are_copied_and_ours_are_read_only() -> None:
    rtt_ms = np.array(GOOD)
    problem = Problem(users=("a", "b", "c"), sites=("x", "y"), rtt_ms=rtt_ms, weights=np.ones(3), k=1)
    rtt_ms[0, 0] = 99.0
    assert problem.rtt_ms[0, 0] == 1.0
    assert problem.weights.sum() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="read-only"):
        problem.rtt_ms[0, 0] = 7.0


def test_users_are_served_by_the_nearest_replica() -> None:
    problem = make_problem([[1, 9, 5], [8, 2, 5], [7, 7, 0]], k=2, weights=[2, 1, 1])
    assert problem.served_ms((0, 1)).tolist() == [1, 2, 7]
    assert problem.mean_ms((0, 1)) == pytest.approx(2.75)  # (2·1 + 2 + 7) / 4
    assert problem.site_shares((0, 1)).tolist() == [0.75, 0.25]  # u2 is as near to both: the first of them


@pytest.mark.parametrize(
    ("weights", "share", "wanted"),
    [
        pytest.param([1, 1, 1, 1], 0.5, 20, id="half of the users is reached by the second"),
        pytest.param([1, 1, 1, 1], 0.51, 30, id="a little more takes the third"),
        pytest.param([1, 1, 1, 1], 0.95, 40, id="95 % of four users are all four"),
        pytest.param([0, 0, 19, 1], 0.95, 30, id="19 of 20 are exactly 95 %"),
        pytest.param([0.1] * 3 + [0.7], 0.3, 30, id="0.1 + 0.1 + 0.1 counts as 0.3 although it is not"),
        pytest.param([1, 1, 1, 0], 1.0, 30, id="who weighs nothing does not count"),
    ],
)
def test_percentile_is_the_nearest_rank(weights: list[float], share: float, wanted: float) -> None:
    assert weighted_percentile(np.array([10.0, 20, 30, 40]), np.array(weights, dtype=float), share) == wanted


def test_distribution_adds_equal_times_and_ends_at_one() -> None:
    times, shares = distribution(np.array([5.0, 1.0, 5.0]), np.array([1.0, 2.0, 1.0]))
    assert times.tolist() == [1.0, 5.0]
    assert shares.tolist() == [0.5, 1.0]
