"""Answers as kube-scheduler's JSON decoder reads them, which is not as Python reads JSON.

Go finds fields without regard to case and ignores those that it does not know; null leaves a field empty; what comes
after the first value is ignored; `7.0` is no whole number; NaN is no number. Only what an extender answers is modelled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

INT64: Final = range(-(2**63), 2**63)


class UnmarshalError(Exception):
    """kube-scheduler would drop the whole answer for this reason."""


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number that is not written as a whole one: Go takes no `7.0` for an int64."""

    written: str


def _no_constant(name: str) -> Any:
    raise UnmarshalError(f"{name} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)


def first_value(body: bytes) -> Any:
    """The first JSON value of the body."""
    text = body.decode("utf-8", errors="replace").lstrip(" \t\r\n")
    if not text:
        raise UnmarshalError("the body is empty (EOF)")
    try:
        value, _ = _DECODER.raw_decode(text)
    except RecursionError:
        raise UnmarshalError("nested too deeply") from None
    except ValueError as problem:
        raise UnmarshalError(f"no JSON: {problem}") from problem
    return value


def fields(value: Any, known: Iterable[str], what: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the known fields hold, found without regard to case, and the keys that are ignored."""
    if value is None:
        return {}, ()
    if not isinstance(value, dict):
        raise UnmarshalError(f"{what} is {kind(value)}, not an object")
    by_folded = {name.lower(): name for name in known}
    found, ignored = {}, []
    for key, inner in value.items():
        name = by_folded.get(key.lower())
        if name is None:
            ignored.append(key)
        elif inner is not None:
            found[name] = inner
    return found, tuple(ignored)


def text(value: Any, what: str) -> str:
    """A string; null is an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnmarshalError(f"{what} is {kind(value)}, not a string")
    return value


def whole(value: Any, what: str) -> int:
    """An int64; null is 0."""
    if value is None:
        return 0
    if isinstance(value, Decimal):
        raise UnmarshalError(f"{what} is {value.written}, which is no whole number to Go")
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnmarshalError(f"{what} is {kind(value)}, not a whole number")
    if value not in INT64:
        raise UnmarshalError(f"{what} is {value}, more than an int64 holds")
    return value


def entries(value: Any, what: str) -> list[Any]:
    """A list; null is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnmarshalError(f"{what} is {kind(value)}, not a list")
    return value


def members(value: Any, what: str) -> Mapping[str, Any]:
    """An object whose keys are data; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnmarshalError(f"{what} is {kind(value)}, not an object")
    return value


def kind(value: Any) -> str:
    """What a value is, in JSON's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "a number"
