"""NetworkTopology resources, kept as they came: the latency source that reads them knows what their costs mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kube.mirror.changes import Changes
from kube.mirror.listing import Listing


class NetworkTopologies:
    """Handler of NetworkTopology resources."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._contents: dict[str, Mapping[str, Any]] = {}
        self._listing = Listing()

    def contents(self) -> Mapping[str, Mapping[str, Any]]:
        """All of them, by `namespace/name`."""
        return self._contents

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(self._contents)

    def put(self, content: Mapping[str, Any]) -> None:
        """One as it is now."""
        self._set(_key(content), content)

    def drop(self, content: Mapping[str, Any]) -> None:
        """One is deleted."""
        self._set(_key(content), None)

    def settle(self) -> None:
        """The list is complete."""
        for key in sorted(self._listing.left_out()):
            self._set(key, None)

    def _set(self, key: str, content: Mapping[str, Any] | None) -> None:
        self._listing.seen(key)
        before = self._contents.pop(key, None)
        if content is not None:
            self._contents[key] = content
        if before != content:
            self._changes.tell("network-topologies")


def _key(content: Mapping[str, Any]) -> str:
    metadata = content.get("metadata") or {}
    return f"{metadata.get('namespace') or ''}/{metadata.get('name') or ''}"
