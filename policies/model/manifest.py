"""Looking into the JSON of a Kubernetes object: a field with its type, or an error with the object and the path.

`null` counts as absent, as it does for the API server. Nothing here knows a kind of object; that is `kubernetes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from policies.errors import ModelError, PolicyError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A JSON object and what to call it: `pod default/web-0`, or a part of one with its `path`."""

    content: Mapping[str, object]
    called: str
    path: str = ""

    def fail(self, key: str, problem: object) -> NoReturn:
        """Refuse a field: `node edge-1: status.allocatable.cpu: not a quantity: '4x'`."""
        raise ModelError(f"{self.called}: {self._at(key)}: {problem}")

    def attempt(self, key: str, parse: Callable[[], T]) -> T:
        """What *parse* returns; its own complaint comes out with the object and the path in front."""
        try:
            return parse()
        except PolicyError as error:
            raise ModelError(f"{self.called}: {self._at(key)}: {error}") from error

    def part(self, key: str) -> Manifest:
        """An object inside; an empty one when it is absent."""
        value = self.content.get(key)
        if value is not None and not isinstance(value, dict):
            self.fail(key, f"must be an object, got {_kind(value)}")
        return Manifest(value or {}, self.called, self._at(key))

    def parts(self, key: str) -> list[Manifest]:
        """The objects of a list, each with its index in its path; none when it is absent."""
        value = self.content.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(key, f"must be a list, got {_kind(value)}")
        found = []
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self.fail(f"{key}[{index}]", f"must be an object, got {_kind(item)}")
            found.append(Manifest(item, self.called, self._at(f"{key}[{index}]")))
        return found

    def text(self, key: str) -> str:
        """A text; empty when it is absent."""
        value = self.content.get(key)
        if value is not None and not isinstance(value, str):
            self.fail(key, f"must be text, got {_kind(value)}")
        return value or ""

    def flag(self, key: str) -> bool:
        """True or false; false when it is absent."""
        value = self.content.get(key)
        if value is not None and not isinstance(value, bool):
            self.fail(key, f"must be true or false, got {_kind(value)}")
        return bool(value)

    def number(self, key: str) -> int:
        """A whole number; 0 when it is absent."""
        value = self.content.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            self.fail(key, f"must be a whole number, got {_kind(value)}")
        return value or 0

    def texts(self, key: str) -> dict[str, str]:
        """A mapping of texts, as labels and annotations are."""
        if self.content.get(key) is None:
            return {}
        inside = self.part(key)
        return {name: inside.text(name) for name in inside.content}

    def amounts(self, key: str, parse: Callable[[str, str | int], int]) -> dict[str, int]:
        """A mapping of quantities, none negative, each read by *parse*(resource, value)."""
        if self.content.get(key) is None:
            return {}
        inside = self.part(key)
        found = {}
        for name, value in inside.content.items():
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                inside.fail(name, f"not a quantity: {_kind(value)}")
            exact = value if isinstance(value, str | int) else repr(value)  # 0.5 unquoted is JSON's float
            amount = inside.attempt(name, lambda name=name, exact=exact: parse(name, exact))  # type: ignore[misc]  # defaults bind
            if amount < 0:
                inside.fail(name, f"must be >= 0, got {value}")
            found[name] = amount
        return found

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: f"text {value!r}", bool: str(value).lower(), type(None): "null"}
    return names.get(type(value), repr(value))
