from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from simulations.statistics import Estimate, estimate, paired_difference, t_quantile

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@pytest.mark.parametrize(
    ("values", "mean", "half"),
    [
        # mean (1+2+3)/3 = 2; deviation sqrt((1+0+1)/2) = 1; t(2) = 4.3027; half 4.3027 · 1/√3 = 2.4841
        ([1.0, 2.0, 3.0], 2.0, 2.4841),
        # mean 15; deviation sqrt((25+25)/1) = 7.0711; t(1) = 12.7062; half 12.7062 · 7.0711/√2 = 63.5310
        ([10.0, 20.0], 15.0, 63.5310),
        # mean 5; deviation sqrt((9+1+1+9)/3) = 2.5820; t(3) = 3.1824; half 3.1824 · 2.5820/√4 = 4.1085
        ([2.0, 4.0, 6.0, 8.0], 5.0, 4.1085),
        # equal values: exactly that value, exactly no width, though 0.1 + 0.1 + 0.1 is not 0.3
        ([0.1, 0.1, 0.1], 0.1, 0.0),
        # None is left out: mean (1+3)/2 = 2; deviation √2; half 12.7062 · √2/√2 = 12.7062
        ([1.0, None, 3.0], 2.0, 12.7062),
    ],
    ids=["three", "two", "four", "equal", "with a gap"],
)
def test_mean_and_interval(values: list[float | None], mean: float, half: float) -> None:
    found = estimate(values)
    assert found is not None
    assert found.mean == pytest.approx(mean)
    assert found.half == pytest.approx(half, abs=1e-4)
    assert found.n == sum(value is not None for value in values)


def test_one_value_has_no_interval() -> None:
    assert estimate([7.0]) == Estimate(mean=7.0, low=None, high=None, n=1)
    assert estimate([None, 7.0]) == Estimate(mean=7.0, low=None, high=None, n=1)


def test_no_value_has_no_mean() -> None:
    assert estimate([]) is None
    assert estimate([None, None]) is None


def test_pairing_takes_the_noise_of_the_seed_out() -> None:
    ours, theirs = {1: 10.0, 2: 50.0, 3: 90.0, 9: 1.0}, {1: 12.0, 2: 53.0, 3: 91.0, 4: 0.0}
    # over seeds 1, 2, 3: -2, -3, -1; mean -2; deviation 1; half 4.3027/√3 = 2.4841
    found = paired_difference(ours, theirs)
    assert found is not None
    assert (found.mean, found.n) == (-2.0, 3)
    assert found.half == pytest.approx(2.4841, abs=1e-4)


def test_seeds_that_only_one_measured_are_no_pair() -> None:
    assert paired_difference({1: 1.0, 2: None}, {2: 1.0, 3: 1.0}) is None
    assert paired_difference({1: 1.0, 2: None}, {1: 4.0, 2: 1.0}) == Estimate(mean=-3.0, low=None, high=None, n=1)


@pytest.mark.parametrize("degrees", [1, 2, 9, 29, 999])
def test_the_quantile_is_students(degrees: int) -> None:
    assert t_quantile(degrees) == pytest.approx(float(t.ppf(0.975, degrees)), rel=1e-12)


@given(VALUES)
def test_the_interval_holds_the_mean_and_the_mean_lies_among_the_values(values: list[float]) -> None:
    found = estimate(values)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.mean <= found.high
    assert min(values) - 1e-6 <= found.mean <= max(values) + 1e-6
    assert math.isfinite(found.high)


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_seeds_does_not_matter(values: list[float], dice: object) -> None:
    shuffled = list(values)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert estimate(shuffled) == estimate(values)
