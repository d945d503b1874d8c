"""The CSV of a load: columns `time_s` and `value`, as `edgeward record` writes it.

A value holds until the next row, the last one for as long as rows usually are apart. So a gap is the load before it,
not none.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from autoscaler.planner.replay import Load
from autoscaler.what_if.errors import WhatIfError

COLUMNS = ("time_s", "value")


def read_trace(path: Path) -> Load:
    """The load; WhatIfError with file, row (the header is row 1) and value."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WhatIfError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    points = list(_points(text, str(path)))
    if len(points) < 2:
        raise WhatIfError(f"{path}: wants at least two rows, got {len(points)}")
    start_s, values = (np.array(column, dtype=np.float64) for column in zip(*points, strict=True))
    return Load(start_s, values, last_s=float(np.median(np.diff(start_s))))


def _points(text: str, name: str) -> Iterator[tuple[float, float]]:
    rows = csv.reader(text.splitlines())
    header = next(rows, [])
    names = [cell.strip() for cell in header]
    if missing := [column for column in COLUMNS if column not in names]:
        raise WhatIfError(f"{name}: row 1: wants the columns {','.join(COLUMNS)}, {missing[0]} is not in {header}")
    places = [names.index(column) for column in COLUMNS]
    before_s = -math.inf
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) <= max(places):
            raise WhatIfError(f"{name}: row {number}: has {len(row)} of {len(header)} columns: {','.join(row)!r}")
        at_s, value = (
            _number(row[place], f"{name}: row {number}: {column}")
            for place, column in zip(places, COLUMNS, strict=True)
        )
        if at_s <= before_s:
            raise WhatIfError(f"{name}: row {number}: time_s must rise, got {row[places[0]]} after {before_s:g}")
        if value < 0:
            raise WhatIfError(f"{name}: row {number}: value must be >= 0, got {row[places[1]]}")
        before_s = at_s
        yield at_s, value


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise WhatIfError(f"{where} must be a number, got {text!r}")
    return number
