"""Quantities as bytes of JSON: as Go's decoder reads them, never less than they are, and bounded."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.sources.amounts import LARGEST, SMALLEST, of_numbers, thousandths, total
from autoscaler.sources.errors import NoMetric

SUFFIXES = {
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1), "k": Fraction(10**3),
    "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12), "P": Fraction(10**15), "E": Fraction(10**18),
    "Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30), "Ti": Fraction(2**40), "Pi": Fraction(2**50),
    "Ei": Fraction(2**60),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "milli"),
    [
        ('"1234567n"', 2),
        ('"1n"', 1),
        ('"-1n"', -1),
        ('"0.0000000001"', 1),
        ('"1E"', LARGEST),
        ('"1E3"', 1_000_000),
        ('"1e3"', 1_000_000),
        ('"1e-3"', 1),
        ('"0.5Gi"', 536_870_912_000),
        ('"+5"', 5000),
        ('".5"', 500),
        ('"5."', 5000),
        ('" 1 "', 1000),
        ('"1000m"', 1000),
        ("null", 0),
        ("5", 5000),
        ("0.1", 100),
        ("0.1001", 101),
        ("1e3", 1_000_000),
        ("-2", -2000),
        ("9223372036854775807", LARGEST),
        ('"-9E"', SMALLEST),
    ],
)
def test_the_thousandths_of(text: str, milli: int) -> None:
    assert thousandths(text.encode()) == milli


@pytest.mark.parametrize("text", ['"1K"', '"1e3Mi"', '""', "true", "{}", '"1 m"', '"NaN"', '"0x10"', "[1]", '"1e9999"'])
def test_no_quantity_is(text: str) -> None:
    with pytest.raises(NoMetric, match="not a quantity"):
        thousandths(text.encode())


@given(
    number=st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=6),
    suffix=st.sampled_from(sorted(SUFFIXES)),
)
def test_a_quantity_is_rounded_away_from_zero_by_less_than_one(number: object, suffix: str) -> None:
    exact = Fraction(str(number)) * SUFFIXES[suffix] * 1000
    got = thousandths(f'"{number}{suffix}"'.encode())
    if abs(exact) > LARGEST:
        assert got in (LARGEST, SMALLEST)
        assert (got > 0) == (exact > 0)
    else:
        assert abs(exact) <= abs(got) < abs(exact) + 1
        assert got * exact >= 0


@given(st.lists(st.integers(SMALLEST, LARGEST)))
def test_a_sum_stays_within_64_bits_and_is_exact_where_it_fits(amounts: list[int]) -> None:
    result = total(amounts)
    assert SMALLEST <= result <= LARGEST
    if sum(map(abs, amounts)) <= LARGEST:
        assert result == sum(amounts)


@given(st.lists(st.floats(-1e12, 1e12), max_size=5))
def test_the_sum_of_numbers_does_not_depend_on_their_order(numbers: list[float]) -> None:
    texts = list(map(repr, numbers))
    assert of_numbers(texts) == of_numbers(texts[::-1])
    exact = sum(map(Fraction, texts), Fraction(0)) * 1000
    assert abs(exact) <= abs(of_numbers(texts)) < abs(exact) + 1
