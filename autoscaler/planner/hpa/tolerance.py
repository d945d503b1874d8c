"""Rule 23: a ratio near 1 asks for no change; the edges count as near, and each direction has its own distance."""

from __future__ import annotations

from dataclasses import dataclass

from autoscaler.planner.spec import Horizontal


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far below and above 1 a ratio may be."""

    down: float
    up: float

    def __contains__(self, ratio: object) -> bool:
        return isinstance(ratio, float) and 1.0 - self.down <= ratio <= 1.0 + self.up


def tolerance(asked: Horizontal) -> Tolerance:
    """The specification's, a direction's own before the controller's."""
    down, up = asked.tolerance, asked.tolerance
    if asked.down is not None and asked.down.tolerance is not None:
        down = asked.down.tolerance
    if asked.up is not None and asked.up.tolerance is not None:
        up = asked.up.tolerance
    return Tolerance(down, up)
