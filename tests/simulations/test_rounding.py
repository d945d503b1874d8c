from __future__ import annotations

import pytest

from simulations.rounding import decimals, number, short, with_interval
from simulations.statistics import Estimate


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([1523, 8152.0], 0),
        ([], 0),
        ([None, 3], 0),
        ([95.391, 87.2], 2),
        ([1523.4, 12.0], 1),
        ([81523.4, 12.0], 0),
        ([0.0312, 0.02], 4),  # largest 3.1e-2: three significant digits
        ([0.5], 3),
        ([1e-12], 8),  # no more: that is zero in any unit we show
    ],
)
def test_a_column_gets_the_decimals_of_its_largest(values: list[float | None], places: int) -> None:
    assert decimals(values) == places


def test_numbers_are_grouped_and_never_minus_zero() -> None:
    assert number(1234567.891, 1) == "1,234,567.9"
    assert number(-0.001, 2) == "0.00"
    assert number(-1.5, 1) == "-1.5"
    assert number(None, 2) == "–"
    assert short(35.8) == "35.80"


def test_the_interval_follows_the_mean_where_there_is_one() -> None:
    assert with_interval(Estimate(mean=95.391, low=95.291, high=95.491, n=5), 2) == "95.39 ± 0.10"
    assert with_interval(Estimate(mean=95.391, low=None, high=None, n=1), 2) == "95.39"
    assert with_interval(None, 2) == "–"
