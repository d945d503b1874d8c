"""Pods: who is where, by the watch's word, and before it comes by ours.

A pod with `spec.nodeName` that has not ended holds its node's resources, also while it is being deleted: kube-scheduler
counts it until it is gone. What is *assumed* is charged in the same way from the moment of our decision. The watch's
word wins over it, whatever it says: there, elsewhere, ended or gone. Only that the pod still waits says nothing, for
that may be older than our binding; and a list which leaves out a pod that no watch ever told of proves nothing either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kube.mirror.changes import Changes
from kube.mirror.classes import Classes
from kube.mirror.devices import Assignments
from kube.mirror.listing import Listing
from kube.mirror.pending import Pending, scheduler_name, waits
from kube.mirror.shared import Shared
from policies.errors import ModelError
from policies.model.cluster import Cluster
from policies.model.placement import Placement
from policies.model.pod import Pod

Labels = tuple[tuple[str, str], ...]

_LABELS = 65_536
_NOTHING: Mapping[str, Any] = {}
_ENDED = frozenset({"Succeeded", "Failed"})


@dataclass(slots=True)  # changed in place: one is kept for each of 150,000 pods
class Bound:
    """A pod that the watch says is on a node. `started_s` is None until its kubelet has seen it."""

    pod: Pod
    node: str
    labels: Labels
    started_s: float | None

    @property
    def namespace(self) -> str:
        """The pod's."""
        return self.pod.namespace

    @property
    def name(self) -> str:
        """The pod's."""
        return self.pod.name

    @property
    def uid(self) -> str:
        """The pod's."""
        return self.pod.uid


class Pods:
    """Handler of v1 Pods. `given_way` counts pods that run although not all their wishes can be read."""

    def __init__(
        self,
        cluster: Cluster,
        changes: Changes,
        classes: Classes,
        *,
        inherited: Callable[[str], Mapping[str, str]],
        schedulers: frozenset[str],
    ) -> None:
        self._cluster = cluster
        self._changes = changes
        self._classes = classes
        self._inherited = inherited
        self._schedulers = schedulers
        self._known: dict[str, dict[str, Bound | Pending]] = {}  # by namespace and name
        self._pending: dict[str, Pending] = {}
        self._assumed: dict[str, tuple[int, ...] | None] = {}  # uid → the devices that it was promised
        self._assignments = Assignments(cluster)
        self._labels: Shared[Labels] = Shared(most=_LABELS)
        self._listing = Listing()
        self.given_way = 0

    # reading

    @property
    def pending(self) -> Mapping[str, Pending]:
        """Pods that wait for one of our schedulers, by uid; one that is assumed is still among them."""
        return self._pending

    def known(self, namespace: str, name: str) -> Bound | Pending | None:
        """What the watch last said of a pod; None when it said nothing, when the pod has ended or waits for others."""
        return self._known.get(namespace, {}).get(name)

    def is_assumed(self, uid: str) -> bool:
        """Is the pod charged on our word alone?"""
        return uid in self._assumed

    # handler

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(known.uid for known in self._all())

    def put(self, content: Mapping[str, Any]) -> None:
        """A pod as it is now."""
        metadata, spec = content.get("metadata") or _NOTHING, content.get("spec") or _NOTHING
        uid = metadata.get("uid") or ""
        self._listing.seen(uid)
        known = self.known(metadata.get("namespace") or "default", metadata.get("name") or "")
        if known is not None and known.uid != uid:  # made anew under its name
            self._end(known, known.uid)
            known = None
        if (content.get("status") or _NOTHING).get("phase") in _ENDED:
            if known is not None or uid in self._assumed:
                self._end(known, uid)
        elif spec.get("nodeName"):
            self._bound(content, known, self._classes.text(spec["nodeName"]))
        elif waits(content, self._schedulers):
            self._waits(content, known, uid)
        elif known is not None:
            self._leave(known)

    def drop(self, content: Mapping[str, Any]) -> None:
        """A pod is gone."""
        metadata = content.get("metadata") or _NOTHING
        uid = metadata.get("uid") or ""
        known = self.known(metadata.get("namespace") or "default", metadata.get("name") or "")
        if known is not None and known.uid != uid:  # the later one of that name is still there
            known = None
        if known is not None or uid in self._assumed:
            self._end(known, uid)

    def settle(self) -> None:
        """The list is complete."""
        left_out = self._listing.left_out()
        if left_out:
            for known in [known for known in self._all() if known.uid in left_out]:
                self._end(known, known.uid)

    # our own word

    def assume(self, pod: Pod, node: str, devices: tuple[int, ...] | None) -> None:
        """Charge a pod to a node before the watch tells of it; nothing happens when it has told where the pod is."""
        if pod.uid in self._cluster:
            if pod.uid not in self._assumed:
                return
            self._cluster.unbind(pod.uid)
            del self._assumed[pod.uid]
        pod = replace(pod, of=self._classes.shared(pod.of))
        self._cluster.bind(pod, self._classes.text(node), devices)
        self._assumed[pod.uid] = devices
        self._changes.tell("pods")

    def forget(self, uid: str) -> None:
        """Take an assumption back; nothing happens when the watch has told of the pod."""
        if uid in self._assumed:
            del self._assumed[uid]
            self._cluster.unbind(uid)
            self._changes.tell("pods")

    def reseat(self, node: str) -> None:
        """The GPUs of a node changed: pods go back to those that they are known to hold."""
        for placement in self._cluster.pods_on(node):
            pod = placement.pod
            if pod.of.gpu is None:
                continue
            devices = self._assumed.get(pod.uid) or self._assignments.devices(pod, node)
            if devices is not None and devices != placement.devices:
                self._bind(pod, node, devices)

    # inside

    def _all(self) -> Iterator[Bound | Pending]:
        for pods in self._known.values():
            yield from pods.values()

    def _bound(self, content: Mapping[str, Any], known: Bound | Pending | None, node: str) -> None:
        metadata = content.get("metadata") or _NOTHING
        pod, is_read = self._classes.resident(content, self._inherited(metadata.get("namespace") or "default"))
        self._assumed.pop(pod.uid, None)
        if pod.of.gpu is not None:
            self._assignments.note(pod.uid, metadata.get("annotations") or _NOTHING)
        placement, moved = self._bind(pod, node, self._assignments.devices(pod, node))
        labels = self._shared(metadata.get("labels") or _NOTHING)
        started_s = _seconds((content.get("status") or _NOTHING).get("startTime"))
        if isinstance(known, Bound):
            known.pod, known.node, known.labels, known.started_s = placement.pod, node, labels, started_s
        else:
            self._keep(Bound(placement.pod, node, labels, started_s))
            self.given_way += not is_read
        if moved or not isinstance(known, Bound):
            self._changes.tell("pods")

    def _bind(self, pod: Pod, node: str, devices: tuple[int, ...] | None) -> tuple[Placement, bool]:
        """Put the pod there unless it is there as it is, and say whether that changed anything."""
        there = self._cluster.placements.get(pod.uid)
        if there is not None:
            same = there.pod.of is pod.of or there.pod.of == pod.of
            if same and there.node == node and devices in (None, there.devices):
                return there, False
            if there.node != node:
                self._cluster.unbind(pod.uid)
            elif devices is None and there.pod.of.gpu == pod.of.gpu:
                devices = there.devices or None
        try:
            return self._cluster.bind(pod, node, devices), True
        except ModelError:  # the node has not got those GPUs any more; what runs there is charged all the same
            return self._cluster.bind(pod, node), True

    def _waits(self, content: Mapping[str, Any], known: Bound | Pending | None, uid: str) -> None:
        if isinstance(known, Pending) and known.content == content:
            return
        if isinstance(known, Bound):
            self._leave(known)
        metadata = content.get("metadata") or _NOTHING
        self._keep(
            Pending(
                namespace=self._classes.text(metadata.get("namespace") or "default"),
                name=metadata.get("name") or "",
                uid=uid,
                content=content,
                scheduler_name=self._classes.text(scheduler_name(content)),
            )
        )
        self._changes.tell("pods")

    def _keep(self, pod: Bound | Pending) -> None:
        self._known.setdefault(pod.namespace, {})[pod.name] = pod
        if isinstance(pod, Pending):
            self._pending[pod.uid] = pod
        else:
            self._pending.pop(pod.uid, None)

    def _leave(self, known: Bound | Pending) -> None:
        """It is neither where the watch said that it was, nor does it wait for us."""
        self._pending.pop(known.uid, None)
        here = self._known[known.namespace]
        del here[known.name]
        if not here:
            del self._known[known.namespace]
        self._assignments.forget(known.uid)
        if isinstance(known, Bound):
            self._cluster.unbind(known.uid)
        self._changes.tell("pods")

    def _end(self, known: Bound | Pending | None, uid: str) -> None:
        """It has ended or is gone, whatever we assumed."""
        self.forget(uid)
        if known is not None:
            self._leave(known)

    def _shared(self, labels: Mapping[str, str]) -> Labels:
        shared = self._classes.text
        # looked up first as it came: only the first replica has its texts shared
        return self._labels.of(tuple(labels.items()), lambda pairs: tuple((shared(k), shared(v)) for k, v in pairs))


def _seconds(text: str | None) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None
