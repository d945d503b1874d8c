"""Everything that belongs to one decision: who asked, for what, about which workload, and where its replicas are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autoscaler.applying.owner import Owner
from autoscaler.applying.workload import Workload
from autoscaler.planner.observation import PodSeen
from autoscaler.watching.asked import Asked, Name
from autoscaler.watching.workloads import Scaled


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An EdgeAutoscaler that can be decided on."""

    name: Name
    uid: str
    generation: int
    asked: Asked
    workload: Workload
    scaled: Scaled
    pods: tuple[PodSeen, ...]  # at home and beyond
    companions: Mapping[str, Scaled] = field(default_factory=dict)  # by place
    abroad: Mapping[str, int] = field(default_factory=dict)  # replicas asked for in other clusters, by place
    foreign: tuple[str, ...] = ()  # pods that its selector selects and that are somebody else's

    @property
    def owner(self) -> Owner:
        """Whose companions are."""
        return Owner(namespace=self.name[0], name=self.name[1], uid=self.uid)

    @property
    def beyond(self) -> dict[str, int]:
        """Replicas asked for at each place over edge."""
        return {**{place: companion.replicas for place, companion in self.companions.items()}, **self.abroad}

    @property
    def status_replicas(self) -> int:
        """Pods that there are, all places together; of other clusters those that were asked for."""
        near = sum(each.status_replicas for each in self.companions.values())
        return self.scaled.status_replicas + near + sum(self.abroad.values())
