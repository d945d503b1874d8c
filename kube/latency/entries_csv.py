"""Round trips as a matrix in CSV: a header of sites, a site before each row, `p50` or `p50/p95` in each cell."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator

from kube.latency.errors import InputError
from kube.latency.measurement import STANDING, Measurement

Place = tuple[str, str, str]  # from, to, and where the cell stands, in words


def parse_csv(text: str, *, named: str, source: str) -> tuple[Measurement, ...]:
    """The entries of the cells that are filled; InputError with every problem, by line and column."""
    problems: list[str] = []
    measurements: list[Measurement] = []
    try:
        for (origin, to, place), cell in _cells(text, problems):
            try:
                p50_ms, p95_ms = _numbers(cell)
            except ValueError as error:
                problems.append(f"{place}: {error}, got {cell!r}")
            else:
                measurements.append(
                    Measurement(origin=origin, to=to, p50_ms=p50_ms, p95_ms=p95_ms, at_s=STANDING, source=source)
                )
    except csv.Error as error:  # a field longer than any number
        problems.append(f"not CSV: {error}")
    if problems:
        raise InputError(tuple(f"{named} {problem}" for problem in problems))
    return tuple(measurements)


def _cells(text: str, problems: list[str]) -> Iterator[tuple[Place, str]]:
    rows = csv.reader(text.splitlines())
    sites = _header(next(rows, []), problems)
    seen: set[str] = set()
    for row in rows:
        if not sites or not any(cell.strip() for cell in row):
            continue
        line, origin = f"line {rows.line_num}", row[0].strip()
        if not origin:
            problems.append(f"{line}: the row has no site")
        elif origin in seen:
            problems.append(f"{line}: a row for {origin!r} was there before")
        seen.add(origin)
        if len(row) != len(sites) + 1:
            problems.append(f"{line}: must have {len(sites) + 1} cells as the header has, got {len(row)}")
        for to, cell in zip(sites, row[1:], strict=False):
            if cell.strip() and origin and to:
                yield (origin, to, f"{line}: from {origin} to {to}"), cell.strip()


def _header(row: list[str], problems: list[str]) -> list[str]:
    """The sites of the columns."""
    sites = [name.strip() for name in row[1:]]
    if not sites:
        problems.append(f"line 1: the header must be a word and then the sites, got {','.join(row)!r}")
    for column, site in enumerate(sites):
        if not site:
            problems.append(f"line 1: column {column + 2} has no site")
        elif site in sites[:column]:
            problems.append(f"line 1: site {site!r} is there twice")
    return sites


def _numbers(cell: str) -> tuple[float, float]:
    first, slash, second = cell.partition("/")
    try:
        p50_ms, p95_ms = float(first), float(second) if slash else math.nan
    except ValueError:
        raise ValueError("must be p50 or p50/p95 in ms") from None
    for value in (p50_ms, p95_ms) if slash else (p50_ms,):
        if not 0 <= value < math.inf:
            raise ValueError("must be >= 0 and finite")
    if p95_ms < p50_ms:
        raise ValueError("p95 must be >= p50")
    return p50_ms, p95_ms
