"""Why nodes are refused, many at a time: several causes may refuse a node, and one of them is told.

That is the first that no eviction could change, since then none of the others matters; without such a one the first.
kube-scheduler counts equal reasons together in its event (`400 latency 5.1 ms > 1 ms`), so nodes refused for the same
cause with the same numbers get the very same words. Which is also what makes it fast: they are made once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from policies.engine.contract import Bools, Ints
from policies.model.snapshot import Rows

NO_CAUSE = -1


class Cause(NamedTuple):
    """One thing that refuses some of the nodes in question."""

    refused: Bools
    hopeless: Bools  # where it refuses, no eviction could change it
    words: Callable[[Rows], Sequence[str]]  # why, for rows that it refuses


def decisive(causes: Sequence[Cause], size: int) -> tuple[Ints, Bools]:
    """For each of *size* nodes the number of the cause to tell, NO_CAUSE where none refuses it, and is it hopeless."""
    which = np.full(size, NO_CAUSE)
    hopeless = np.zeros(size, dtype=np.bool_)
    for number, cause in enumerate(causes):
        final = cause.refused & cause.hopeless
        which[(cause.refused & (which == NO_CAUSE)) | (final & ~hopeless)] = number
        hopeless |= final
    return which, hopeless


def worded(say: Callable[..., str], *columns: npt.NDArray[Any]) -> list[str]:
    """What *say* makes of the values of each row, asked once for rows with equal values."""
    return list(map(cache(say), *(column.tolist() for column in columns)))
