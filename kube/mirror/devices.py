"""Which GPUs the pods on a node hold, by the annotations that whoever placed them left.

The annotations are kept and not only the numbers that they come to: some name a device by its UUID, which means nothing
before the node has told of it, and a device plugin that restarts makes a node's GPUs go and come back.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies.model import assignment
from policies.model.cluster import Cluster
from policies.model.pod import Pod

_KEPT = (
    assignment.DEVICES,
    assignment.GPUSHARE + "IDX",
    assignment.HAMI,
    assignment.KOORDINATOR,
    assignment.ELASTIC,
)


class Assignments:
    """Annotations of GPU pods that say which devices they were given, by uid."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._annotations: dict[str, Mapping[str, str]] = {}

    def note(self, uid: str, annotations: Mapping[str, str]) -> None:
        """Remember what a pod's annotations say of its devices."""
        kept = {key: value for key, value in annotations.items() if key.startswith(_KEPT)}
        if kept:
            self._annotations[uid] = kept
        else:
            self._annotations.pop(uid, None)

    def forget(self, uid: str) -> None:
        """The pod is gone."""
        self._annotations.pop(uid, None)

    def devices(self, pod: Pod, node: str) -> tuple[int, ...] | None:
        """The devices that the pod was given; None where nobody says so, or says what the node cannot have meant."""
        told = self._annotations.get(pod.uid)
        if told is None or pod.of.gpu is None:
            return None
        return assignment.devices(told, self._cluster.nodes.get(node), count=pod.of.gpu.count)
