"""A series of the Numenta Anomaly Benchmark: columns `timestamp`, `value`, in equal steps (5 min; the taxis 30 min).

The unit of the value is told by the file's name (requests per 5 min, CPU %, bytes); none is ever negative. The step
is the median distance of the timestamps, which are local times: one that runs backwards is refused.
"""

from __future__ import annotations

from pathlib import Path

from simulations.workloads.series import Series, usual_step_s
from simulations.workloads.table import read_table


def read_nab(path: Path) -> Series:
    """The values in the file's own unit."""
    table = read_table(path, ("timestamp", "value"))
    start_s = table.seconds("timestamp", repeats=False)
    return Series(start_s=start_s, values=table.floats("value", at_least=0), step_s=usual_step_s(start_s))
