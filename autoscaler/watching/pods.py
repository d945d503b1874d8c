"""Pods by owner, and by labels for those that only look as if they belonged.

An average over pods of somebody else's scales for somebody else's load (a finished job with the labels of the service
took users weeks to find), so pods count by owner; labels tell which others are to be reported. Everything is kept up
with each event, so that a pass over ten thousand workloads looks only at what it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autoscaler.applying.deletion_cost import COST, OURS
from autoscaler.planner.observation import PodSeen
from autoscaler.watching.owners import controller
from autoscaler.watching.reading import PodReader
from kube.mirror.listing import Listing
from kube.mirror.selector import Selector
from kube.mirror.shared import Shared

Labels = tuple[tuple[str, str], ...]

_LABELS = 65_536
_NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)  # changed in place: one is kept for each of 150,000 pods
class Known:
    """A pod, who owns it, and where it is."""

    uid: str
    namespace: str
    name: str
    owner: str  # uid of its controller; empty: nobody
    labels: Labels
    node: str
    seen: PodSeen
    cost: str = ""  # its deletion cost, and ours, which it repeats where it is ours
    our_cost: str = ""


class Pods:
    """Handler of v1 Pods."""

    def __init__(self) -> None:
        self._reader = PodReader()
        self._by_uid: dict[str, Known] = {}
        self._by_owner: dict[str, dict[str, Known]] = {}  # then by uid
        self._seen: dict[str, tuple[PodSeen, ...]] = {}  # by owner, made when asked for
        self._by_labels: dict[tuple[str, Labels], dict[str, Known]] = {}  # by namespace and labels, then by uid
        self._by_pair: dict[tuple[str, str, str], set[Labels]] = {}  # by namespace, key and value
        self._shared: Shared[Labels] = Shared(most=_LABELS)
        self._listing = Listing()

    def __len__(self) -> int:
        return len(self._by_uid)

    # asked

    def seen(self, owner: str) -> tuple[PodSeen, ...]:
        """The pods of one owner, by name; the same tuple while nothing changed."""
        known = self._seen.get(owner)
        if known is not None:
            return known
        owned = self._by_owner.get(owner)
        if not owned:
            return ()
        pods = sorted((each.seen for each in owned.values()), key=lambda pod: pod.name)
        known = self._seen[owner] = tuple(pods)
        return known

    def known(self, owner: str) -> tuple[Known, ...]:
        """The same with where they are, in no order."""
        return tuple(self._by_owner.get(owner, {}).values())

    def selected(self, namespace: str, selector: Selector) -> Iterator[Known]:
        """All that a selector selects, whoever owns them."""
        for labels in self._candidates(namespace, selector):
            if selector.matches(dict(labels)):
                yield from self._by_labels[namespace, labels].values()

    def _candidates(self, namespace: str, selector: Selector) -> set[Labels]:
        """Label sets that may fit: those with the rarest of the values that a requirement allows."""
        fewest: set[Labels] | None = None
        for requirement in selector.requirements:
            if requirement.operator == "In":
                found = [self._by_pair.get((namespace, requirement.key, value), set()) for value in requirement.values]
                if fewest is None or sum(map(len, found)) < len(fewest):
                    fewest = found[0] if len(found) == 1 else set().union(*found)
        if fewest is not None:
            return fewest
        return {labels for where, labels in self._by_labels if where == namespace}

    # handler

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(self._by_uid)

    def put(self, content: Mapping[str, Any]) -> None:
        """A pod as it is now."""
        metadata = content.get("metadata") or _NOTHING
        uid = metadata.get("uid") or ""
        self._listing.seen(uid)
        owner = controller(metadata)
        labels = self._shared.of(tuple((metadata.get("labels") or _NOTHING).items()))
        seen = self._reader.pod(content)
        node = (content.get("spec") or _NOTHING).get("nodeName") or ""
        known = self._by_uid.get(uid)
        if known is not None and (known.owner != owner or known.labels != labels):  # adopted, or labelled anew
            self._forget(uid)
            known = None
        if known is None:
            known = Known(uid, metadata.get("namespace") or "default", seen.name, owner, labels, node, seen)
            self._keep(known)
        elif known.seen != seen or known.node != node:
            known.seen, known.node = seen, node
            self._seen.pop(owner, None)
        annotations = metadata.get("annotations") or _NOTHING
        known.cost, known.our_cost = annotations.get(COST, ""), annotations.get(OURS, "")

    def drop(self, content: Mapping[str, Any]) -> None:
        """A pod is gone."""
        uid = (content.get("metadata") or _NOTHING).get("uid") or ""
        self._listing.seen(uid)
        self._forget(uid)

    def settle(self) -> None:
        """The list is complete."""
        for uid in self._listing.left_out():
            self._forget(uid)

    def _keep(self, pod: Known) -> None:
        self._by_uid[pod.uid] = pod
        self._by_owner.setdefault(pod.owner, {})[pod.uid] = pod
        self._seen.pop(pod.owner, None)
        where = (pod.namespace, pod.labels)
        if where not in self._by_labels:
            self._by_labels[where] = {}
            for key, value in pod.labels:
                self._by_pair.setdefault((pod.namespace, key, value), set()).add(pod.labels)
        self._by_labels[where][pod.uid] = pod

    def _forget(self, uid: str) -> None:
        pod = self._by_uid.pop(uid, None)
        if pod is None:
            return
        owned = self._by_owner[pod.owner]
        del owned[uid]
        self._seen.pop(pod.owner, None)
        if not owned:
            del self._by_owner[pod.owner]
        where = (pod.namespace, pod.labels)
        alike = self._by_labels[where]
        del alike[uid]
        if alike:
            return
        del self._by_labels[where]
        for key, value in pod.labels:
            pair = (pod.namespace, key, value)
            self._by_pair[pair].discard(pod.labels)
            if not self._by_pair[pair]:
                del self._by_pair[pair]
