"""Whose a companion is: the EdgeAutoscaler that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OWNER_UID = "edgeward.dev/owner-uid"  # label: of the EdgeAutoscaler, where no ownerReference can reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An EdgeAutoscaler."""

    namespace: str
    name: str
    uid: str
    api_version: str = "edgeward.dev/v1alpha1"
    kind: str = "EdgeAutoscaler"

    @property
    def reference(self) -> dict[str, Any]:
        """The controller reference: Kubernetes' garbage collector removes the companion with its owner."""
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            # blockOwnerDeletion would need the right to change the owner's finalizers, and gives nothing here
        }

    def owns(self, thing: Mapping[str, Any], *, abroad: bool) -> bool:
        """Is it ours? *abroad*: in another cluster, where the uid is a label since a reference would mean nothing.

        There an object with a reference to an unknown uid would be collected as an orphan at once.
        """
        meta = thing.get("metadata") or {}
        if abroad:
            return (meta.get("labels") or {}).get(OWNER_UID) == self.uid
        return any(ref.get("controller") and ref.get("uid") == self.uid for ref in meta.get("ownerReferences") or ())
