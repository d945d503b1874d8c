"""What load traces become: a series of values in equal steps, or single requests with their size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`values[i]` holds from `start_s[i]` on, for `step_s`. Starts rise from 0; a gap is a longer distance."""

    start_s: Floats
    values: Floats
    step_s: float

    def __post_init__(self) -> None:
        if len(self.start_s) != len(self.values) or not len(self.values):
            raise InputError(f"series: wants a value for each start, got {len(self.start_s)} and {len(self.values)}")
        if not self.step_s > 0:
            raise InputError(f"series: step_s must be > 0, got {self.step_s}")
        self.start_s.flags.writeable = self.values.flags.writeable = False

    def __len__(self) -> int:
        return len(self.values)

    @property
    def duration_s(self) -> float:
        """Until the end of the last step."""
        return float(self.start_s[-1]) + self.step_s

    def between(self, from_s: float, until_s: float) -> Series:
        """The part whose starts are from *from_s* to below *until_s*, starting at 0 again."""
        first, last = np.searchsorted(self.start_s, [from_s, until_s])
        if first == last:
            raise InputError(f"series: nothing from {from_s} s to {until_s} s, it lasts {self.duration_s} s")
        part = slice(int(first), int(last))
        start_s = self.start_s[part] - self.start_s[part][0]
        return Series(start_s=start_s, values=self.values[part].copy(), step_s=self.step_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLog:
    """Single requests in order of arrival; the first one is at 0 s."""

    arrival_s: Floats
    prompt_tokens: Ints
    output_tokens: Ints

    def __post_init__(self) -> None:
        for array in (self.arrival_s, self.prompt_tokens, self.output_tokens):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.arrival_s)


def usual_step_s(start_s: Floats) -> float:
    """The median distance of starts, so that a gap does not count; 1 when there is one start only."""
    return float(np.median(np.diff(start_s))) if len(start_s) > 1 else 1.0
