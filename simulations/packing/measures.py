"""The published figures of one replay, computed as the published analysis does.

Events are sorted into whole per cents of the GPU capacity that has arrived; a figure "at 100 %" is the mean over
the events of that per cent (99.5 to 100.5 %), or over its neighbours' when it has none. Each event's allocation is
rounded to two decimals before the mean and the mean once more, halves to even: that is where the last printed digit
comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulations.packing.replay import Replay

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measures:
    """Allocated and fragmented GPU in % of all GPUs, by whole per cent of arrival; None where nothing arrived."""

    allocated_pct: tuple[float | None, ...]
    fragmented_pct: tuple[float | None, ...]

    def allocated_at(self, percent: int) -> float | None:
        """GPU allocation when that much of the capacity has arrived."""
        return self.allocated_pct[percent] if percent < len(self.allocated_pct) else None

    def fragmented_at(self, percent: int) -> float | None:
        """Fragmented GPU when that much of the capacity has arrived."""
        return self.fragmented_pct[percent] if percent < len(self.fragmented_pct) else None


def measure(replay: Replay, gpus: int) -> Measures:
    """The figures of a replay on a cluster with that many GPUs."""
    # divide by the GPUs first and by ten then: so the edges of the per cents come out as published
    percent = np.rint(replay.arrived_milli / gpus / 10).astype(np.int64)
    allocated = np.round(replay.used_milli / gpus / 10, 2)
    fragmented = np.round(replay.fragmented_milli, 2)
    columns = int(percent.max()) + 1 if len(percent) else 0
    means: list[tuple[float | None, float | None]] = []
    for column in range(columns):
        events = percent == column
        if not events.any():
            events = abs(percent - column) <= 1
        if events.any():
            means.append(
                (
                    round(float(allocated[events].mean()), 2),
                    round(float(100 * fragmented[events].mean() / 1000 / gpus), 2),
                )
            )
        else:
            means.append((None, None))
    return Measures(tuple(a for a, _ in means), tuple(f for _, f in means))
