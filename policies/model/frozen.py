"""Snapshots that stay as they are while the cluster goes on: left-right buffers.

A few copies of the columns are kept. One that nobody looks at any more is brought up to date by the rows that changed
since it was last given out; only when all are in use a new one is made. References to a copy tell who
looks at it. While nothing changes the snapshot given out last is given out again, so that whoever decides by it can
tell by looking at it that nothing did.
"""

from __future__ import annotations

import sys

from policies.model.columns import Columns
from policies.model.snapshot import Snapshot

_BUFFERS = 3  # one being read, one just published, one to write


class Frozen:
    """The buffers of one cluster."""

    def __init__(self) -> None:
        self._buffers: list[tuple[Columns, list[int]]] = []  # each with its references when nobody reads it
        self._last: Snapshot | None = None

    def of(self, columns: Columns) -> Snapshot:
        """A snapshot of *columns* at this moment, never written again while anybody holds it or one of its columns."""
        if self._last is not None and (self._last.version, self._last.epoch) == (columns.version, columns.epoch):
            return self._last
        self._last = None  # so that its buffer is idle unless somebody else holds it
        self._last = Snapshot(self._current(columns))
        return self._last

    def _current(self, columns: Columns) -> Columns:
        for place, (buffer, idle) in enumerate(self._buffers):
            if not buffer.is_shaped_as(columns) or _references(buffer) != idle:
                continue
            buffer.catch_up(columns)
            self._buffers.append(self._buffers.pop(place))
            return buffer
        fresh = columns.copy()
        self._buffers = [*self._buffers, (fresh, _references(fresh))][-_BUFFERS:]
        return fresh


def _references(columns: Columns) -> list[int]:
    """How many hold these columns: a snapshot holds the whole, a column taken from one holds its array or window.

    Only to be compared with what the same buffer had when nobody had seen it yet. Counting references and not weak
    ones, since a policy may keep a column after its snapshot is gone.
    """
    held = [sys.getrefcount(columns)]
    for name in columns.arrays:
        held += [sys.getrefcount(columns.arrays[name]), sys.getrefcount(columns.views[name])]
    return held
