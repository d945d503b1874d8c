"""One watch of pods for two who need them: 150,000 pods are listed and told once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kube.handler import Handler

_NOTHING: Mapping[str, Any] = {}


class Both:
    """Handler that tells ours, and then the mirror's, who tells templates apart by metadata: no `generation`."""

    def __init__(self, ours: Handler, mirrors: Handler) -> None:
        self._ours = ours
        self._mirrors = mirrors

    def begin(self) -> None:
        """A list starts."""
        self._ours.begin()
        self._mirrors.begin()

    def put(self, content: Mapping[str, Any]) -> None:
        """It is there. What one of them cannot use, the other may."""
        try:
            self._ours.put(content)
        finally:
            self._mirrors.put(_plain(content))

    def drop(self, content: Mapping[str, Any]) -> None:
        """It is gone."""
        self._ours.drop(content)
        self._mirrors.drop(_plain(content))

    def settle(self) -> None:
        """The list is complete."""
        self._ours.settle()
        self._mirrors.settle()


def _plain(content: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = content.get("metadata") or _NOTHING
    return {**content, "metadata": {key: value for key, value in metadata.items() if key != "generation"}}
