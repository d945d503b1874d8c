"""Figures as people read them: as many decimals as the largest of a column needs, the same for the whole column."""

from __future__ import annotations

import math
from collections.abc import Iterable

from simulations.statistics import Estimate


def decimals(values: Iterable[float | None]) -> int:
    """Decimals for a column: none for whole or large numbers, two from 1 on, three significant digits below that."""
    present = [abs(value) for value in values if value is not None]
    if all(value == int(value) for value in present):
        return 0
    largest = max(present)
    if largest >= 1000:
        return 0 if largest >= 10000 else 1
    return 2 if largest >= 1 else min(2 - math.floor(math.log10(largest)), 8)


def number(value: float | None, places: int) -> str:
    """`1,234.50`, or a dash when there was nothing to measure."""
    if value is None:
        return "–"
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if not any(digit in "123456789" for digit in text) else text  # no "-0.00"


def short(value: float) -> str:
    """One figure by itself."""
    return number(value, decimals([value]))


def with_interval(value: Estimate | None, places: int) -> str:
    """`95.39 ± 0.12`; without the second half when one seed gives no interval."""
    if value is None or value.half is None:
        return number(None if value is None else value.mean, places)
    return f"{number(value.mean, places)} ± {number(value.half, places)}"
