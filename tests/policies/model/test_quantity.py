from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import QuantityError
from policies.model.quantity import exact, milli, units

LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("text", "thousandths"),
    [
        ("500m", 500),
        ("2", 2000),
        (2, 2000),
        ("0.5", 500),
        (".5", 500),
        ("5.", 5000),
        ("+1.5", 1500),
        ("-250m", -250),
        ("100n", 1),  # 0.0001 m → 1
        ("1u", 1),  # 0.001 m → 1
        ("1500u", 2),  # 1.5 m → 2
        ("0", 0),
        ("1k", 1_000_000),
        ("1Ki", 1_024_000),
        ("1e3", 1_000_000),
        ("1E-3", 1),
    ],
)
def test_thousandths_round_up(text: str | int, thousandths: int) -> None:
    assert milli(text) == thousandths


@pytest.mark.parametrize(("text", "number"), [("12500u", Fraction(1, 80)), ("0.1", Fraction(1, 10)), (3, Fraction(3))])
def test_number_itself_is_not_rounded(text: str | int, number: Fraction) -> None:
    assert exact(text) == number


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("1n", 1), ("1u", 1), ("1m", 1), ("1001m", 2), ("7", 7),
        ("1k", 10**3), ("1M", 10**6), ("1G", 10**9), ("1T", 10**12), ("1P", 10**15), ("1E", 10**18),
        ("1Ki", 2**10), ("1Mi", 2**20), ("1Gi", 2**30), ("1Ti", 2**40), ("1Pi", 2**50), ("1Ei", 2**60),
        ("0.5Gi", 2**29), ("1.5Ki", 1536), ("1e3", 1000), ("1E3", 1000), ("12e-1", 2), ("1e+2", 100),
        ("64Gi", 64 * 2**30),
        ("-1.5", -2),  # away from zero, as Quantity does
    ],
)  # fmt: skip
def test_every_suffix_of_kubernetes_is_known(text: str, whole: int) -> None:
    assert units(text) == whole


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "m", "1 ", " 1", "1.2.3", ".", "1mm", "1ki", "1KI", "1K", "1i", "1e", "1e+", "1e1.5", "--1",
     "1_000", "٣", "NaN", "inf", "0x10", "1e9999", "1,5"],
)  # fmt: skip
def test_what_is_no_quantity_is_refused_and_shown(text: str) -> None:
    with pytest.raises(QuantityError) as error:
        units(text)
    assert repr(text) in str(error.value)


@pytest.mark.parametrize("value", [True, 1.5, None, b"1"])
def test_only_text_and_whole_numbers_are_quantities(value: object) -> None:
    milli(1), units(1)  # what equals the value must not answer for it from the memory
    for read in (milli, units):
        with pytest.raises(QuantityError, match="not a quantity"):
            read(value)
    with pytest.raises(QuantityError):
        milli(1.0)


def test_the_range_is_that_of_the_api() -> None:
    assert units(str(LARGEST)) == LARGEST
    assert units(f"-{LARGEST}") == -LARGEST
    for text in (str(LARGEST + 1), f"-{LARGEST + 1}", "9.3E", "8Ei", "1e999"):
        with pytest.raises(QuantityError, match="64 bits") as error:
            units(text)
        assert repr(text) in str(error.value)
    with pytest.raises(QuantityError, match="64 bits"):
        milli(str(LARGEST))


def test_a_number_of_thousands_of_digits_is_a_quantity_error_too() -> None:
    for text in ("9" * 5000, "0." + "0" * 5000 + "1", "1" * 5000 + "n"):
        with pytest.raises(QuantityError):
            units(text)


@given(st.integers(-(10**15), 10**15))
def test_whole_numbers_survive_being_written(amount: int) -> None:
    assert units(str(amount)) == units(amount) == amount
    assert milli(f"{amount}m") == amount
    assert milli(amount) == 1000 * amount


@given(
    st.integers(0, 10**6), st.integers(0, 999_999), st.sampled_from(["", "m", "u", "n", "k", "Ki", "Mi", "e-3", "e2"])
)
def test_rounding_is_up_and_by_less_than_one(whole: int, rest: int, suffix: str) -> None:
    factor = {
        "": Fraction(1), "m": Fraction(1, 1000), "u": Fraction(1, 10**6), "n": Fraction(1, 10**9), "k": Fraction(1000),
        "Ki": Fraction(1024), "Mi": Fraction(2**20), "e-3": Fraction(1, 1000), "e2": Fraction(100),
    }  # fmt: skip
    exact = (whole + Fraction(rest, 10**6)) * factor[suffix]
    assert 0 <= units(f"{whole}.{rest:06d}{suffix}") - exact < 1


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_a_quantity_error(text: str) -> None:
    try:
        amount: int | str = units(text)
    except QuantityError as error:
        amount = str(error)
    assert isinstance(amount, int) or repr(text) in amount
