"""The fields of a vector's line: read by name and type, with a clear word about what is missing or of another type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from autoscaler.decide.errors import VectorError

_Value = TypeVar("_Value")
_NAMES = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


class Fields:
    """One object of a line; *path* is where it is."""

    def __init__(self, content: object, path: str = "") -> None:
        if not isinstance(content, Mapping):
            raise VectorError(f"{path or 'the line'} must be an object, got {content!r}")
        self._content: Mapping[str, Any] = content
        self._path = path

    def has(self, name: str) -> bool:
        """Is it there, and not null?"""
        return self._content.get(name) is not None

    def is_text(self, name: str, text: str) -> bool:
        """Is it that text?"""
        return self._content.get(name) == text

    def is_list(self, name: str) -> bool:
        """Is it a list, be it an empty one?"""
        return isinstance(self._content.get(name), list)

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        return self._get(name, int, default)

    def number(self, name: str, default: float | None = None) -> float:
        """Any number."""
        value = self._content.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return self._get(name, float, default)

    def text(self, name: str, default: str | None = None) -> str:
        """A text."""
        return self._get(name, str, default)

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false; 0 and 1 are, too."""
        value = self._content.get(name)
        if isinstance(value, int) and value in (0, 1):
            return bool(value)
        return self._get(name, bool, default)

    def part(self, name: str) -> Fields:
        """An object."""
        return Fields(self._get(name, dict, None), self._at(name))

    def parts(self, name: str) -> list[Fields]:
        """A list of objects; none where it is null or missing."""
        return [Fields(each, f"{self._at(name)}[{n}]") for n, each in enumerate(self.items(name))]

    def items(self, name: str) -> Sequence[Any]:
        """A list of anything; empty where it is null or missing."""
        return self._get(name, list, [])

    def wholes(self, name: str) -> list[int]:
        """A list of whole numbers."""
        for n, each in enumerate(self.items(name)):
            if not isinstance(each, int) or isinstance(each, bool):
                raise VectorError(f"{self._at(name)}[{n}] must be a whole number, got {each!r}")
        return list(self.items(name))

    def amounts(self, name: str) -> dict[str, int | None]:
        """An object of whole numbers, some of them null; empty where it is null or missing."""
        for key, each in (content := self._get(name, dict, {})).items():
            if each is not None and (not isinstance(each, int) or isinstance(each, bool)):
                raise VectorError(f"{self._at(name)}.{key} must be a whole number or null, got {each!r}")
        return dict(content)

    def wrong(self, name: str, wanted: str) -> VectorError:
        """That field is not what was wanted."""
        return VectorError(f"{self._at(name)} must be {wanted}, got {self._content.get(name)!r}")

    def _get(self, name: str, kind: type[_Value], default: _Value | None) -> _Value:
        value = self._content.get(name)
        if value is None:
            if default is None:
                missing = "is missing" if name not in self._content else "must not be null"
                raise VectorError(f"{self._at(name)} {missing}: wanted {_NAMES[kind]}")
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.wrong(name, _NAMES[kind])
        return value

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name
