"""From a subject and what the metrics said to the observation that is decided on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from autoscaler.controller import presumed
from autoscaler.controller.headroom import headroom
from autoscaler.controller.subject import Subject
from autoscaler.controller.template import Templates
from autoscaler.planner.observation import HOME, Observation
from autoscaler.sources.sources import Readings
from autoscaler.watching.watched import Watched

_NONE: Mapping[str, str] = MappingProxyType({})


class Observer:
    """Puts observations together. `resizable` is what discovery says of `pods/resize`."""

    def __init__(self, watched: Watched) -> None:
        self.resizable = False
        self._watched = watched
        self._templates = Templates()

    def observe(
        self,
        subject: Subject,
        readings: Readings,
        now_s: float,
        *,
        scaled_to_zero: bool = False,
        refused: Mapping[str, str] = _NONE,
    ) -> Observation:
        """Everything about one workload at one moment."""
        template = self._templates.of(subject.scaled)
        names = frozenset(pod.name for pod in subject.pods)
        acts = subject.asked.spec.vertical.acts
        abroad = presumed.pods(subject.abroad, template.size)
        return Observation(
            now_s=now_s,
            home=subject.scaled.replicas,
            status_replicas=subject.status_replicas,
            pods=subject.pods + abroad,
            readings=tuple(presumed.reading(readings.of(want, names), abroad) for want in subject.asked.wants),
            beyond=subject.beyond,
            selector="InvalidSelector" if subject.scaled.selector_problem or not subject.scaled.selector_text else "",
            selector_message=subject.scaled.selector_problem or _without(subject),
            template=template.size,
            guaranteed=template.guaranteed,
            pinned=template.pinned,
            headroom=self._headroom(subject) if acts else {},
            resizable=self.resizable,
            refused=refused,
            scaled_to_zero=scaled_to_zero,
        )

    def _headroom(self, subject: Subject) -> dict[str, int]:
        home = {pod.name for pod in subject.pods if pod.place == HOME and not pod.deleting}
        owners = {subject.scaled.uid, *self._watched.replica_sets.of(subject.scaled.uid)}
        nodes = [each.node for owner in owners for each in self._watched.pods.known(owner) if each.name in home]
        return headroom(self._watched.mirror.snapshot(), nodes)


def _without(subject: Subject) -> str:
    return "" if subject.scaled.selector_text else f"{subject.workload.label} has no pod selector"
