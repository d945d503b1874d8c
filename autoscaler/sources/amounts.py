"""Quantities as metrics APIs write them, in thousandths: what Go's decoder makes of the same bytes.

They come as text (`"1234567n"`), from hand-written adapters as numbers (`5`, `0.1`), or as null, which Go silently
reads as zero. Raw bytes are read and not decoded JSON, because a float has already lost what a decimal text says.
Rounded up: `"1n"` is one thousandth, and rounding otherwise would change replicas.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from autoscaler.sources.errors import NoMetric
from policies.errors import QuantityError, QuantityRangeError
from policies.model.quantity import milli

LARGEST = 2**63 - 1  # Go's MaxInt64
SMALLEST = -(2**63)
# what metrics-server and kubelets write, in thousandths; the rest of the grammar is rare
_WHOLE = re.compile(rb'"(\d{1,15})(n|u|m||k|Ki|Mi)"')
_TIMES = {b"m": 1, b"": 1000, b"k": 1_000_000, b"Ki": 1_024_000, b"Mi": 1_048_576_000}
_PARTS = {b"n": 1_000_000, b"u": 1000}


def thousandths(raw: bytes) -> int:
    """Of a JSON value; one beyond 64 bits is as near as they come. NoMetric for what is no quantity."""
    match = _WHOLE.fullmatch(raw)
    if match is None:
        return _any_form(raw)
    number, suffix = int(match[1]), match[2]
    parts = _PARTS.get(suffix)
    return min(LARGEST, number * _TIMES[suffix]) if parts is None else -(-number // parts)


@lru_cache(maxsize=16_384)
def _any_form(raw: bytes) -> int:
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
