"""From the pod in a request to what decides on it: its class and the engine of its profile.

What the pod says comes first, then its namespace, then the profile. Demand over several sites follows the live load of
those sites where somebody measures it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace

from kube.profiles import Profiles
from policies.engine.decide import Engine
from policies.model import kubernetes
from policies.model.pod import Pod
from scheduler.wire import AskedPod

_TEMPLATES = 512  # keys of a few kilobytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A pod to decide on, and by what. A pinned one has no choice: its node belongs to it."""

    pod: Pod
    engine: Engine
    is_pinned: bool


class PodReader:
    """Reads the pods of requests."""

    def __init__(
        self,
        profiles: Profiles,
        *,
        namespace_annotations: Callable[[str], Mapping[str, str]],
        live_demand: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        self._profiles = profiles
        self._namespace_annotations = namespace_annotations
        self._live_demand = live_demand
        self._known: dict[Hashable, tuple[Pod, bool]] = {}

    def read(self, asked: AskedPod) -> Subject:
        """The pod of a request; PolicyError names the annotation or field that cannot be read, or the profile."""
        inherited = self._namespace_annotations(asked.namespace)
        key = (asked.namespace, asked.key, *inherited.items())
        known = self._known.get(key)
        if known is not None:  # as the replicas of one template mostly are
            pod, is_pinned = known
            return self.subject(replace(pod, name=asked.name, uid=asked.uid), is_pinned=is_pinned)
        pod, is_pinned = (
            kubernetes.pod(asked.content, namespace_annotations=inherited),
            kubernetes.is_pinned(asked.content),
        )
        while len(self._known) >= _TEMPLATES:
            del self._known[next(iter(self._known))]
        self._known[key] = pod, is_pinned
        return self.subject(pod, is_pinned=is_pinned)

    def subject(self, pod: Pod, *, is_pinned: bool = False) -> Subject:
        """The same for a pod that was read before."""
        live = self._live_demand()
        if live and pod.of.demand is not None and len(pod.of.demand.weights) > 1:
            pod = replace(pod, of=replace(pod.of, demand=pod.of.demand.reweighted(live)))
        return Subject(pod=pod, engine=self._profiles.engine(pod.of.profile), is_pinned=is_pinned)
