"""HorizontalPodAutoscalers, of which only one thing matters: whom they scale. Two cannot scale the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoscaler.watching.targets import Target, target
from kube.mirror.listing import Listing

_NOTHING: Mapping[str, Any] = {}


class Hpas:
    """Handler of autoscaling/v2 HorizontalPodAutoscalers."""

    def __init__(self) -> None:
        self._target: dict[tuple[str, str], Target] = {}  # by namespace and name
        self._of: dict[Target, set[str]] = {}
        self._listing = Listing()

    def of(self, scaled: Target) -> list[str]:
        """The names of those that scale a workload."""
        return sorted(self._of.get(scaled, ()))

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(map("/".join, self._target))

    def put(self, content: Mapping[str, Any]) -> None:
        """An HPA as it is now."""
        namespace, name = _names(content)
        told = (content.get("spec") or _NOTHING).get("scaleTargetRef") or _NOTHING
        self._listing.seen(f"{namespace}/{name}")
        self._forget(namespace, name)
        scaled = target(told.get("apiVersion") or "", told.get("kind") or "", namespace, told.get("name") or "")
        self._target[namespace, name] = scaled
        self._of.setdefault(scaled, set()).add(name)

    def drop(self, content: Mapping[str, Any]) -> None:
        """An HPA is deleted."""
        namespace, name = _names(content)
        self._listing.seen(f"{namespace}/{name}")
        self._forget(namespace, name)

    def settle(self) -> None:
        """The list is complete."""
        for key in self._listing.left_out():
            namespace, _, name = key.partition("/")
            self._forget(namespace, name)

    def _forget(self, namespace: str, name: str) -> None:
        scaled = self._target.pop((namespace, name), None)
        if scaled is not None:
            names = self._of[scaled]
            names.discard(name)
            if not names:
                del self._of[scaled]


def _names(content: Mapping[str, Any]) -> tuple[str, str]:
    metadata = content.get("metadata") or _NOTHING
    return metadata.get("namespace") or "default", metadata.get("name") or ""
