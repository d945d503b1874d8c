"""GPUs: what a node has, what a pod asks for, and which devices it would get.

A GPU has 1000 milli. A pod takes either a share of one (`milli` < 1000, count 1) or whole ones (`milli` = 1000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.errors import ModelError

WHOLE_GPU_MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One device of a node."""

    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuRequest:
    """`count` devices with `milli` each. `models` are the allowed ones in order of preference; empty = any."""

    milli: int = WHOLE_GPU_MILLI
    count: int = 1
    models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.milli <= WHOLE_GPU_MILLI:
            raise ModelError(f"gpu: milli must be from 1 to {WHOLE_GPU_MILLI}, got {self.milli}")
        if self.count < 1:
            raise ModelError(f"gpu: count must be >= 1, got {self.count}")
        if self.count > 1 and self.milli < WHOLE_GPU_MILLI:
            raise ModelError(f"gpu: {self.count} devices must be whole ones, got {self.milli} milli each")
        if len(set(self.models)) != len(self.models):
            raise ModelError(f"gpu: a model is listed twice in {'|'.join(self.models)}")

    @property
    def is_shared(self) -> bool:
        """Takes less than one whole device."""
        return self.milli < WHOLE_GPU_MILLI

    @property
    def total_milli(self) -> int:
        """Over all devices."""
        return self.milli * self.count


def best_fit_devices(free_milli: Sequence[int], allowed: Sequence[bool], request: GpuRequest) -> tuple[int, ...]:
    """The devices with the least room left that still hold the request, lowest index first among equals.

    Whole requests get the lowest-index free devices. Empty when it does not fit.
    """
    fitting = [i for i, free in enumerate(free_milli) if allowed[i] and free >= request.milli]
    fitting.sort(key=lambda i: (free_milli[i], i))
    return tuple(sorted(fitting[: request.count])) if len(fitting) >= request.count else ()
