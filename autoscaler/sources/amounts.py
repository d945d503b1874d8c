"""Quantities as metrics APIs write them, in thousandths: what Go's decoder makes of the same bytes.

They come as text (`"1234567n"`), from hand-written adapters as numbers (`5`, `0.1`), or as null, which Go silently
reads as zero. Raw bytes are read and not decoded JSON, because a float has already lost what a decimal text says.
Rounded up: `"1n"` is one thousandth, and rounding otherwise would change replicas.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from autoscaler.sources.errors import NoMetric
from policies.errors import QuantityError, QuantityRangeError
from policies.model.quantity import milli

LARGEST = 2**63 - 1  # Go's MaxInt64
SMALLEST = -(2**63)


@lru_cache(maxsize=65_536)
def thousandths(raw: bytes) -> int:
    """Of a JSON value; one beyond 64 bits is as near as they come. NoMetric for what is no quantity."""
    text = raw.decode(errors="replace")
    if text == "null":
        return 0
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    text = text.strip()  # as Quantity.UnmarshalJSON does, and ParseQuantity does not
    try:
        return milli(text)
    except QuantityRangeError:
        return SMALLEST if text.startswith("-") else LARGEST
    except QuantityError as error:
        raise NoMetric(str(error)) from error


def total(amounts: Iterable[int]) -> int:
    """The sum, each step of which stays within 64 bits as Go's saturating addition does."""
    result = 0
    for amount in amounts:
        result = bounded(result + amount)
    return result


def of_numbers(texts: Iterable[str]) -> int:
    """Thousandths of the sum of Prometheus' numbers, exactly and then away from zero as quantities are rounded."""
    exact = Fraction(0)
    for text in texts:
        if not _is_finite(text):  # as a float first: the fraction of 1e999999999 would fill the memory
            raise NoMetric(f"no number: {text}")
        exact += Fraction(text)
    return bounded(math.ceil(exact * 1000) if exact >= 0 else math.floor(exact * 1000))


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def bounded(amount: int) -> int:
    """The nearest amount that Go's int64 has."""
    return max(SMALLEST, min(LARGEST, amount))
