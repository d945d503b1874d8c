"""The mix of pods that typically come: a parameter of every policy that keeps room for them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.contract import PARAMETERS


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Typical:
    """One kind of pod that typically comes, and how often relative to the others."""

    cpu_milli: Annotated[int, Field(ge=0)] = 0
    gpu_milli: Annotated[int, Field(ge=0, le=1000)] = 0
    gpu_count: Annotated[int, Field(ge=0)] = 0
    models: tuple[str, ...] = ()
    frequency: Annotated[float, Field(gt=0)] = 1.0


# Used where nobody gives a mix: shares of one GPU, single GPUs and a few large jobs, as GPU clusters report them.
DEFAULT_MIX = (
    Typical(cpu_milli=4_000, frequency=0.15),
    Typical(cpu_milli=4_000, gpu_milli=250, gpu_count=1, frequency=0.15),
    Typical(cpu_milli=4_000, gpu_milli=500, gpu_count=1, frequency=0.25),
    Typical(cpu_milli=8_000, gpu_milli=1000, gpu_count=1, frequency=0.35),
    Typical(cpu_milli=16_000, gpu_milli=1000, gpu_count=2, frequency=0.04),
    Typical(cpu_milli=32_000, gpu_milli=1000, gpu_count=4, frequency=0.03),
    Typical(cpu_milli=64_000, gpu_milli=1000, gpu_count=8, frequency=0.03),
)
