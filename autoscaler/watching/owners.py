"""Who a pod belongs to in the end: of a Deployment's pods that is told by the ReplicaSet in between.

A ReplicaSet that belongs to something is remembered only as that link; one that does not is a workload of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from autoscaler.watching.workloads import Workloads
from kube.mirror.listing import Listing

_NOTHING: Mapping[str, Any] = {}


def controller(metadata: Mapping[str, Any]) -> str:
    """The uid of the object that manages this one; empty: nobody does."""
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller"):
            return owner.get("uid") or ""
    return ""


class ReplicaSets:
    """Handler of apps/v1 ReplicaSets: those of Deployments and the like as links, the others as workloads."""

    def __init__(self) -> None:
        self.free = Workloads("ReplicaSet")
        self._owner: dict[str, str] = {}  # uid → uid of its controller
        self._owned: dict[str, set[str]] = {}
        self._listing = Listing()

    def of(self, owner: str) -> Collection[str]:
        """The uids of the ReplicaSets that belong to an object."""
        return self._owned.get(owner, ())

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(self._owner)
        self.free.begin()

    def put(self, content: Mapping[str, Any]) -> None:
        """A ReplicaSet as it is now."""
        metadata = content.get("metadata") or _NOTHING
        uid, owner = metadata.get("uid") or "", controller(metadata)
        self._listing.seen(uid)
        if owner != self._owner.get(uid, ""):
            self._unlink(uid)
        if owner:
            self._owner[uid] = owner
            self._owned.setdefault(owner, set()).add(uid)
            self.free.drop(content)
        else:
            self.free.put(content)

    def drop(self, content: Mapping[str, Any]) -> None:
        """A ReplicaSet is deleted."""
        uid = (content.get("metadata") or _NOTHING).get("uid") or ""
        self._listing.seen(uid)
        self._unlink(uid)
        self.free.drop(content)

    def settle(self) -> None:
        """The list is complete."""
        for uid in self._listing.left_out():
            self._unlink(uid)
        self.free.settle()

    def _unlink(self, uid: str) -> None:
        owner = self._owner.pop(uid, "")
        if owner:
            uids = self._owned[owner]
            uids.discard(uid)
            if not uids:
                del self._owned[owner]
