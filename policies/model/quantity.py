"""Kubernetes quantities as exact integers.

`500m`, `64Gi`, `1e3` and `0.5` are text for the API server but numbers for us. The arithmetic is exact (fractions, no
floats) and rounds **up** to the unit asked for, as `resource.Quantity`'s `MilliValue` and `Value` do: a pod that asks
for `100n` CPU is charged one milli, never zero.

Source: k8s.io/apimachinery/pkg/api/resource (the grammar is in the comment of its type Quantity).
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from policies.errors import QuantityError, QuantityRangeError

_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<digits>\d+\.?\d*|\.\d+)(?P<suffix>[A-Za-z]*|[eE][+-]?\d+)", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_LARGEST = 2**63 - 1  # the API's int64
_LONGEST = 256  # characters; beyond, Python refuses the digits in words of its own
_EXPONENT_DIGITS = 3  # 1e999 is far past int64 already; longer exponents would only cost memory


@lru_cache(maxsize=65_536, typed=True)  # True == 1, but is no quantity
def milli(text: str | int) -> int:
    """Thousandths of *text*, rounded up: `500m` → 500, `2` → 2000, `100n` → 1."""
    return _rounded_up(exact(text) * 1000, text)


@lru_cache(maxsize=65_536, typed=True)  # True == 1, but is no quantity
def units(text: str | int) -> int:
    """Whole units of *text* (bytes, devices, pods), rounded up: `1Ki` → 1024, `1500m` → 2."""
    return _rounded_up(exact(text), text)


def exact(text: str | int) -> Fraction:
    """The number itself, for what is no amount of anything: `500m` → 1/2."""
    if isinstance(text, int) and not isinstance(text, bool):
        return Fraction(text)
    if isinstance(text, str) and len(text) > _LONGEST:
        raise QuantityError(f"not a quantity: {text[:20]!r}… of {len(text)} characters")
    match = _NUMBER.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise QuantityError(f"not a quantity: {text!r} (wanted a number with a suffix such as 500m, 64Gi, 1e3)")
    number = Fraction(match["digits"].rstrip(".") if not match["digits"].startswith(".") else "0" + match["digits"])
    suffix = match["suffix"]
    if suffix in _DECIMAL:
        number *= Fraction(10) ** _DECIMAL[suffix]
    elif suffix in _BINARY:
        number *= 2 ** _BINARY[suffix]
    elif suffix[:1] in "eE" and suffix[1:].lstrip("+-").isdigit() and len(suffix[1:].lstrip("+-")) <= _EXPONENT_DIGITS:
        number *= Fraction(10) ** int(suffix[1:])
    else:
        known = ", ".join([s for s in _DECIMAL if s] + list(_BINARY))
        raise QuantityError(f"not a quantity: {text!r} (suffix {suffix!r} is none of {known} or an exponent)")
    return -number if match["sign"] == "-" else number


def _rounded_up(number: Fraction, text: str | int) -> int:
    # away from zero, as Quantity.ScaledValue does for negative amounts too
    whole = -(-number.numerator // number.denominator) if number >= 0 else number.numerator // number.denominator
    if abs(whole) > _LARGEST:
        raise QuantityRangeError(f"quantity out of range: {text!r} does not fit 64 bits")
    return whole
