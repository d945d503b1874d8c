"""Go's integers where Python's would go on: the caps that the horizontal rules have, and division toward zero."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

MAX_INT32 = 2**31 - 1
MAX_INT64 = 2**63 - 1


def trunc_div(number: int, by: int) -> int:
    """Integer division toward zero, as Go's; Python's goes down. Nothing here is divided by less than 1."""
    whole = abs(number) // by
    return whole if number > 0 else -whole


def replicas(number: float) -> int:
    """A float as a count of replicas: rounded up, at most what 32 bits hold (rules 30, 53)."""
    return MAX_INT32 if number > MAX_INT32 else ceil(number)


def saturated_sum(numbers: Iterable[int]) -> int:
    """The sum, at most what 64 bits hold (rule 12); what comes after it is full is not looked at."""
    total = 0
    for number in numbers:
        total += number
        if total > MAX_INT64:
            return MAX_INT64
    return total
