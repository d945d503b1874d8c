"""Would one more replica fit? The controller's question to the placement engine, on the mirror's present books.

The class of the next replica is that of the pod template, at the size that the replicas at home have by now: a replica
of the template's size would be resized as soon as it runs. It is read as the extender reads pods: the namespace's
annotations, live round trips, and the profile that the pod names.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

from autoscaler.planner import rooms
from autoscaler.planner.observation import Fit, Rooms, Size
from kube.mirror.mirror import Mirror
from kube.profiles import Profiles
from policies.engine.decide import Engine
from policies.errors import PolicyError, UnknownName
from policies.model import kubernetes
from policies.model.pod import PodClass

CLUSTER = "cluster:"  # a place that is another cluster's
_TEMPLATES = 4096


class Placing:
    """Answers for the workloads of one cluster. To be used from the event loop only."""

    def __init__(self, mirror: Mirror, profiles: Profiles, *, tell: Callable[[str], None]) -> None:
        self._mirror = mirror
        self._profiles = profiles
        self._tell = tell
        self._classes: dict[Hashable, PodClass] = {}

    def rooms(
        self,
        namespace: str,
        template: Mapping[str, object],
        *,
        uid: str,
        version: str,
        size: Size,
        base: Size,
        over_edge: bool,
    ) -> Rooms:
        """Rooms for replicas of *template* (`metadata` and `spec`) of the workload *uid* in its *version*.

        *size* and *base* are in thousandths, as the planner has them; the difference is charged on top.
        """

        def ask(place: str, up_to: int) -> Fit:
            try:
                pod = self._class(namespace, template, uid, version)
            except PolicyError as error:  # the extender keeps its pods Pending and says the same
                return Fit(count=0, why=str(error))
            engine = self._engine(pod.profile)
            answer = rooms.rooms(
                engine, self._mirror.snapshot(), grown(pod, size, base), over_edge=over_edge, elsewhere=_is_elsewhere
            )
            return answer(place, up_to)

        return ask

    def _engine(self, profile: str) -> Engine:
        try:
            return self._profiles.engine(profile)
        except UnknownName as error:
            self._tell(f"{error}: asked the cluster's profile in its place")
            return self._profiles.engine("")

    def _class(self, namespace: str, template: Mapping[str, object], uid: str, version: str) -> PodClass:
        inherited = self._mirror.namespace_annotations(namespace)
        key = (uid, version, *inherited.items())
        known = self._classes.get(key)
        if known is None:
            known = kubernetes.pod_class(template, namespace=namespace, namespace_annotations=inherited)
            while len(self._classes) >= _TEMPLATES:
                del self._classes[next(iter(self._classes))]
            self._classes[key] = known
        return known


def grown(pod: PodClass, size: Size, base: Size) -> PodClass:
    """The class with what *size* asks for more than *base*: CPU in thousandths, all else in whole units."""
    more: dict[str, int] = {}
    for container, requests in size.items():
        for resource, amount in requests.items():
            before = base.get(container, {}).get(resource, amount)
            change = amount - before if resource == "cpu" else -(-amount // 1000) + before // -1000
            more[resource] = more.get(resource, 0) + change
    if not any(more.values()):
        return pod
    asked = dict(pod.requests)
    return replace(
        pod,
        requests=tuple((name, max(0, asked.get(name, 0) + more.get(name, 0))) for name in asked.keys() | more.keys()),
    )


def _is_elsewhere(place: str) -> bool:
    return place.startswith(CLUSTER)
