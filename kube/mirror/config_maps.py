"""ConfigMaps of ours that hold what decides: label `edgeward.dev/config` with the value `latency` or `profiles`.

Only their texts are kept; who reads them says what is wrong with them, and keeps the last good ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from kube.mirror.changes import Changes
from kube.mirror.listing import Listing

CONFIG_LABEL = "edgeward.dev/config"
ConfigKind: TypeAlias = Literal["latency", "profiles"]
KINDS: tuple[ConfigKind, ...] = ("latency", "profiles")


class ConfigMaps:
    """Handler of v1 ConfigMaps in *namespace*, in all when it is empty; then `namespace/name` tells them apart."""

    def __init__(self, changes: Changes, *, namespace: str) -> None:
        self._changes = changes
        self._namespace = namespace
        self._texts: dict[str, tuple[ConfigKind, Mapping[str, str]]] = {}
        self._listing = Listing()

    def texts(self, kind: ConfigKind) -> dict[str, Mapping[str, str]]:
        """The data of all ConfigMaps of one kind, by name, in name order."""
        return {name: data for name, (known, data) in sorted(self._texts.items()) if known == kind}

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(self._texts)

    def put(self, content: Mapping[str, Any]) -> None:
        """A ConfigMap as it is now."""
        metadata = content.get("metadata") or {}
        label = (metadata.get("labels") or {}).get(CONFIG_LABEL)
        kind = next((kind for kind in KINDS if kind == label), None)
        self._set(content, None if kind is None else (kind, dict(content.get("data") or {})))

    def drop(self, content: Mapping[str, Any]) -> None:
        """A ConfigMap is deleted."""
        self._set(content, None)

    def settle(self) -> None:
        """The list is complete."""
        for name in sorted(self._listing.left_out()):
            self._put(name, None)

    def _set(self, content: Mapping[str, Any], told: tuple[ConfigKind, Mapping[str, str]] | None) -> None:
        metadata = content.get("metadata") or {}
        namespace, name = metadata.get("namespace") or "", metadata.get("name") or ""
        if self._namespace and namespace != self._namespace:
            return
        self._put(name if self._namespace else f"{namespace}/{name}", told)

    def _put(self, name: str, told: tuple[ConfigKind, Mapping[str, str]] | None) -> None:
        self._listing.seen(name)
        before = self._texts.pop(name, None)
        if told is not None:
            self._texts[name] = told
        if before != told:
            for kind in KINDS:
                if any(each is not None and each[0] == kind for each in (before, told)):
                    self._changes.tell(kind)
