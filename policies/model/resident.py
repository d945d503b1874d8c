"""A pod on a node, with what matters when it may have to make room for another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from policies.model.placement import Placement

NO_LABELS: Mapping[str, str] = {}


class Resident(NamedTuple):
    """One that runs, or is about to. `labels` tell which disruption budgets its eviction counts against."""

    placement: Placement
    started_s: float = 0.0  # on any clock that all of them share
    labels: Mapping[str, str] = NO_LABELS

    @property
    def uid(self) -> str:
        """The pod's."""
        return self.placement.pod.uid

    @property
    def priority(self) -> int:
        """The pod's."""
        return self.placement.pod.priority

    @property
    def importance(self) -> tuple[int, float, str]:
        """Sorts the most important first, as kube-scheduler has it: higher priority, then the longer it runs."""
        return -self.priority, self.started_s, self.uid
