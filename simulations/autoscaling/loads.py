"""The load of a run, in requests a second: from the generator or a recorded trace.

A trace's minute without a count is not a minute without requests: the count before it holds on.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autoscaler.planner.replay import Load
from simulations.autoscaling.nasa_like import STEP_S, nasa_like
from simulations.autoscaling.settings import Settings
from simulations.workloads.files import found
from simulations.world.rhythm import read_part

_DICE = 0x6C6F6164


def load_of(settings: Settings, seed: int, data: Path | None) -> Load:
    """The load under that seed; a trace is the same under every one."""
    if settings.trace is None:
        rates = nasa_like(settings.builtin, settings.days, np.random.default_rng((seed, _DICE)))
        return Load(np.arange(len(rates), dtype=np.float64) * STEP_S, rates, last_s=STEP_S)
    trace = settings.trace
    part = read_part(trace.format, found(trace.file, data), from_s=trace.from_s, for_s=trace.for_s)
    return Load(part.start_s, part.values * trace.scale / part.step_s, last_s=part.step_s)


def in_words(settings: Settings) -> str:
    """Where the load is from."""
    return "built-in load, NASA-like" if settings.trace is None else f"{settings.trace.format}, {settings.trace.file}"
