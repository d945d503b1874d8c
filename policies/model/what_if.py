"""What a node would be without some of its pods: the question that preemption asks.

Only what pods hold is copied, so that a question about one node of thousands costs a fraction of a millisecond; the
snapshot that it is asked of stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from policies.model.placement import CHARGED, Charges, Placement, seats
from policies.model.pod import Pod
from policies.model.snapshot import Snapshot


class WhatIf:
    """One node, from which pods are taken and to which they are given back; others stay as they are."""

    def __init__(self, nodes: Snapshot, slot: int) -> None:
        self._columns = nodes.draft(CHARGED)
        self._charges = Charges(self._columns)
        self._slot = slot
        self._own_groups: set[str] = set()
        self.row = Snapshot(self._columns, np.array([slot], dtype=np.intp))  # as it is at the time

    def take_off(self, placement: Placement) -> None:
        """The pod is gone: what it holds of the node is free."""
        self._charge(placement, 1)

    def put_back(self, placement: Placement) -> None:
        """It is there again."""
        self._charge(placement, -1)

    def add(self, pod: Pod) -> None:
        """One more pod, with the GPUs and the zone that fit it best."""
        devices, zone = seats(self._columns, pod.of, self._slot, None)
        self._charge(Placement(pod, "", devices, zone), -1)

    def _charge(self, placement: Placement, sign: int) -> None:
        groups = self._columns.groups
        for key in placement.pod.of.groups:
            if key not in self._own_groups:
                groups[key] = dict(groups.get(key, {}))
                self._own_groups.add(key)
        self._charges.charge(placement, self._slot, sign=sign)


def without(nodes: Snapshot, slot: int, placements: Iterable[Placement]) -> Snapshot:
    """The one row of that node as it would be with those pods of it gone; all else is as in *nodes*."""
    there = WhatIf(nodes, slot)
    for placement in placements:
        there.take_off(placement)
    return there.row
