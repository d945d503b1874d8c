"""Requests per minute to the World Cup 1998 web site: columns `period` (time), `count`.

Minutes are in order, each at most once; a minute that is not there is a gap and not a zero.
"""

from __future__ import annotations

from pathlib import Path

from simulations.workloads.series import Series
from simulations.workloads.table import read_table

_STEP_S = 60.0


def read_worldcup98(path: Path) -> Series:
    """Requests per minute."""
    table = read_table(path, ("period", "count"))
    counts = table.ints("count", at_least=0).astype("float64")
    return Series(start_s=table.seconds("period", repeats=False), values=counts, step_s=_STEP_S)
