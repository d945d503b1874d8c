"""From scores to the integers that kube-scheduler adds up, the one place where that is done.

With L tiers, the integers 0..top are cut into L bands of equal width, the best tier on top, so a node of a better tier
has a higher integer than any of a worse one. Inside its band a node's score decides, rounded to the nearest step. A
shortlist of the best tier alone needs no bands: all of 0..top tells the nodes of that tier apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """How integers are cut for `levels` tiers."""

    top: int
    levels: int
    only_best: bool = False  # nodes of other tiers are not passed on, so they need no integers of their own

    @property
    def width(self) -> int:
        """Integers in one band."""
        return self.top + 1 if self.only_best else max(1, (self.top + 1) // self.levels)

    def steps(self, score: npt.NDArray[np.float64]) -> Ints:
        """The score as a step inside its band; never falls when the score rises."""
        return np.rint(score * (self.width - 1)).astype(np.int64)

    def order(self, tier: Ints | int, steps: Ints) -> Ints:
        """A number by which nodes are compared: tier first, then step."""
        return (self.levels - 1 - tier) * self.width + steps

    def integers(self, tier: Ints | int, steps: Ints) -> Ints:
        """What the extender answers for each node. With more tiers than integers the worst tiers share the lowest."""
        if self.only_best:
            return steps
        bands = min(self.levels, self.top + 1)
        return np.maximum(0, bands - 1 - tier) * self.width + steps
