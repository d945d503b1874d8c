"""Lines that lie over each other: which do, how wide to draw each, and where each has its markers.

Policies often decide alike, and then the last line drawn would hide the others. Those that nearly coincide get
different widths, the first drawn the widest, so that each shows at the edges and in the gaps of the ones above it.
Markers are spread along the line's length as it is seen, each policy's a little further than the one's before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from simulations.report.bands import Band, Floats

SAME: Final = 0.01  # of the highest value: what the caption calls coinciding
TOUCHING: Final = 0.02  # lines nearer than this hide one another on a plot 340 pixels tall
THIN_PX, STEP_PX, WIDEST_PX = 2.0, 2.0, 8.0
MARKERS: Final = 8


def coinciding(bands: Mapping[str, Band]) -> list[tuple[str, ...]]:
    """Groups of at least two policies whose lines are the same but for 1 % of the highest value."""
    return [group for group in _groups(bands, SAME) if len(group) > 1]


def widths(bands: Mapping[str, Band]) -> dict[str, float]:
    """Pixels for each line; the last drawn of a group that lies together is as thin as a line alone."""
    found: dict[str, float] = {}
    for group in _groups(bands, TOUCHING):
        step = min(STEP_PX, (WIDEST_PX - THIN_PX) / max(len(group) - 1, 1))
        found |= {policy: round(THIN_PX + step * above, 2) for above, policy in enumerate(reversed(group))}
    return found


def marked(bands: Mapping[str, Band], *, logarithmic: bool) -> dict[str, frozenset[int]]:
    """The points of each line that get a marker; lines that coincide have theirs at different places."""
    places = {policy: (np.log10(line.x) if logarithmic else line.x) for policy, line in bands.items() if len(line.x)}
    across = _extent(list(places.values()))
    up = _extent([line.mean for line in bands.values() if len(line.x)])
    found: dict[str, frozenset[int]] = {}
    for rank, (policy, line) in enumerate(bands.items()):
        if policy not in places:
            found[policy] = frozenset()
            continue
        steps = np.hypot(np.diff(places[policy]) / across, np.diff(line.mean) / up)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        wanted = (np.arange(MARKERS) + (rank + 0.5) / len(bands)) / MARKERS * along[-1]
        found[policy] = frozenset(int(np.abs(along - place).argmin()) for place in wanted)
    return found


def _groups(bands: Mapping[str, Band], share: float) -> list[tuple[str, ...]]:
    """Every policy in one group, with those that stay that near to the group's first."""
    lines = {policy: line for policy, line in bands.items() if len(line.x)}
    most = max((float(np.abs(line.mean).max()) for line in lines.values()), default=0.0)
    xs = np.unique(np.concatenate([line.x for line in lines.values()])) if lines else np.empty(0)
    groups: list[list[str]] = []
    for policy, line in lines.items():
        for group in groups:
            first = lines[group[0]]
            if _apart(first, line, xs) <= share * most:
                group.append(policy)
                break
        else:
            groups.append([policy])
    return [tuple(group) for group in groups]


def _apart(one: Band, other: Band, xs: Floats) -> float:
    return float(np.abs(np.interp(xs, one.x, one.mean) - np.interp(xs, other.x, other.mean)).max())


def _extent(values: list[Floats]) -> float:
    return float(np.ptp(np.concatenate(values))) or 1.0 if values else 1.0
