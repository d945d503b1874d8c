"""A handler that keeps what it is told, for tests of who tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.errors import ModelError


class Keeper:
    """What is there, by namespace and name; objects labelled `bad` are refused."""

    def __init__(self) -> None:
        self.view: dict[str, str] = {}  # name → resourceVersion
        self.told: list[str] = []
        self._missing: set[str] = set()

    def begin(self) -> None:
        self.told.append("begin")
        self._missing = set(self.view)

    def put(self, content: Mapping[str, Any], /) -> None:
        name = key(content)
        if "bad" in content["metadata"].get("labels", {}):
            raise ModelError(f"cpu: {content['metadata']['labels']['bad']}")
        self.told.append(f"put {name}")
        self.view[name] = content["metadata"]["resourceVersion"]
        self._missing.discard(name)

    def drop(self, content: Mapping[str, Any], /) -> None:
        name = key(content)
        self.told.append(f"drop {name}")
        self.view.pop(name, None)
        self._missing.discard(name)

    def settle(self) -> None:
        self.told.append("settle")
        for name in self._missing:
            del self.view[name]
        self._missing = set()


def key(content: Mapping[str, Any]) -> str:
    meta = content["metadata"]
    return f"{meta.get('namespace', '')}/{meta['name']}".lstrip("/")
