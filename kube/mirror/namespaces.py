"""Namespaces: the origin and the profile that their pods inherit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kube.mirror.changes import Changes
from kube.mirror.listing import Listing
from policies.model.annotations import PREFIX

INHERITED = (PREFIX + "origin", PREFIX + "profile")
_NOTHING: Mapping[str, str] = {}


class Namespaces:
    """Handler of v1 Namespaces."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._annotations: dict[str, Mapping[str, str]] = {}  # of those that have any that count
        self._listing = Listing()

    def annotations(self, namespace: str) -> Mapping[str, str]:
        """What pods of the namespace inherit; nothing for one that is not known."""
        return self._annotations.get(namespace, _NOTHING)

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(self._annotations)

    def put(self, content: Mapping[str, Any]) -> None:
        """A namespace as it is now."""
        metadata = content.get("metadata") or {}
        told = metadata.get("annotations") or {}
        self._set(metadata.get("name") or "", {key: told[key] for key in INHERITED if key in told})

    def drop(self, content: Mapping[str, Any]) -> None:
        """A namespace is deleted."""
        self._set((content.get("metadata") or {}).get("name") or "", _NOTHING)

    def settle(self) -> None:
        """The list is complete."""
        for name in sorted(self._listing.left_out()):
            self._set(name, _NOTHING)

    def _set(self, name: str, annotations: Mapping[str, str]) -> None:
        self._listing.seen(name)
        if annotations == self.annotations(name):
            return
        if annotations:
            self._annotations[name] = annotations
        else:
            del self._annotations[name]
        self._changes.tell("namespaces")
