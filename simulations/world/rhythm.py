"""When pods come: by a law, or as a recorded trace of load rose and fell.

A rhythm is asked for times at a mean rate over a duration. A trace gives the shape only: the part that is asked for is
stretched or compressed to the whole duration and scaled to the mean rate, so that the setting `load` means the same for
every rhythm. (To have a trace at its own speed, ask for as much of it as the run lasts.) Minutes that it lacks bring
nobody. Of a trace of single requests their number in each 10 s counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError
from simulations.workloads.arrival_times import diurnal, flash_crowd, following, poisson
from simulations.workloads.azure_llm import read_azure_llm
from simulations.workloads.nab import read_nab
from simulations.workloads.series import Series
from simulations.workloads.worldcup98 import read_worldcup98

Floats = npt.NDArray[np.float64]
Rhythm = Callable[[float, float, np.random.Generator], Floats]  # mean rate per second, duration in seconds, dice

_COUNTED_S = 10.0


def _daily(rate_per_s: float, duration_s: float, rng: np.random.Generator) -> Floats:
    return diurnal(rate_per_s, duration_s, rng, swing=0.6)


def _crowd(rate_per_s: float, duration_s: float, rng: np.random.Generator) -> Floats:
    return flash_crowd(0.8 * rate_per_s, 3 * rate_per_s, duration_s, rng, at_s=duration_s / 3)


LAWS: Mapping[str, Rhythm] = {"poisson": poisson, "diurnal": _daily, "flash-crowd": _crowd}


def recorded(form: str, path: Path, *, from_s: float = 0.0, for_s: float | None = None) -> Rhythm:
    """The rhythm of that part of a trace (to its end unless *for_s* says how long); errors name `settings.trace`."""
    return partial(_stretched, read_part(form, path, from_s=from_s, for_s=for_s))


def read_part(form: str, path: Path, *, from_s: float = 0.0, for_s: float | None = None) -> Series:
    """That part of a trace, as counts in its own steps."""
    try:
        series = _READERS[form](path)
    except InputError as error:
        raise InputError(f"settings.trace.file: {error}") from error
    lasts_s = series.duration_s
    if from_s >= lasts_s:
        raise InputError(f"settings.trace.from_s must be below the {lasts_s:g} s that {path} lasts, got {from_s:g}")
    until_s = lasts_s if for_s is None else from_s + for_s
    if until_s > lasts_s:
        left = f"{lasts_s - from_s:g} s that {path} lasts from there"
        raise InputError(f"settings.trace.for_s must be at most the {left}, got {for_s:g}")
    try:
        part = series.between(from_s, until_s)
    except InputError as error:
        raise InputError(f"settings.trace: {path}: {error}") from error
    if not part.values.sum() > 0:
        raise InputError(f"settings.trace: {path}: nothing but zeros from {from_s:g} s to {until_s:g} s")
    return part


def _stretched(part: Series, rate_per_s: float, duration_s: float, rng: np.random.Generator) -> Floats:
    by = duration_s / part.duration_s
    series = Series(start_s=part.start_s * by, values=part.values, step_s=part.step_s * by)
    return following(series, rng, scale=rate_per_s * duration_s / float(part.values.sum()))


def _counted(path: Path) -> Series:
    counts = np.bincount((read_azure_llm(path).arrival_s // _COUNTED_S).astype(np.int64)).astype(np.float64)
    return Series(start_s=np.arange(len(counts), dtype=np.float64) * _COUNTED_S, values=counts, step_s=_COUNTED_S)


_READERS: Mapping[str, Callable[[Path], Series]] = {
    "worldcup98": read_worldcup98,
    "nab": read_nab,
    "azure-llm": _counted,
}
