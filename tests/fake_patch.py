"""Patches as the API server applies them: merge (RFC 7386), strategic merge of lists by name, and JSON (RFC 6902: test,
add, replace, remove).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from kube.errors import refusal


def merged(value: Any, patch: Any) -> Any:
    """RFC 7386: null removes, objects merge, anything else replaces."""
    if not isinstance(patch, Mapping):
        return deepcopy(patch)
    result = dict(value) if isinstance(value, Mapping) else {}
    for key, part in patch.items():
        if part is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), part)
    return result


def strategic(value: Any, patch: Any) -> Any:
    """As `merged`, but a list of objects with names (containers, volumes) is merged name by name."""
    if isinstance(patch, list) and isinstance(value, list) and all(_named(one) for one in (*patch, *value)):
        changes = {one["name"]: one for one in patch}
        kept = [strategic(one, changes.pop(one["name"])) if one["name"] in changes else one for one in value]
        return [*kept, *changes.values()]
    if not isinstance(patch, Mapping):
        return deepcopy(patch)
    result = dict(value) if isinstance(value, Mapping) else {}
    for key, part in patch.items():
        if part is None:
            result.pop(key, None)
        else:
            result[key] = strategic(result.get(key), part)
    return result


def _named(value: Any) -> bool:
    return isinstance(value, Mapping) and "name" in value


def stepped(value: Any, steps: Iterable[Mapping[str, Any]]) -> Any:
    """RFC 6902: all steps or none; 422 when one does not apply, as the API server answers."""
    result = deepcopy(value)
    for step in steps:
        try:
            _apply(result, step)
        except (LookupError, ValueError, TypeError) as error:
            raise refusal(422, "Invalid", f"the server rejected our request: {step['op']} {step['path']}") from error
    return result


def _apply(value: Any, step: Mapping[str, Any]) -> None:
    *above, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
    for part in above:
        value = value[int(part)] if isinstance(value, list) else value[part]
    key: Any = last
    if isinstance(value, list):
        key = len(value) if last == "-" else int(last)
    match step["op"]:
        case "test":
            if value[key] != step["value"]:
                raise ValueError(f"{value[key]!r} is not {step['value']!r}")
        case "add" if isinstance(value, list):
            value.insert(key, deepcopy(step["value"]))
        case "add":
            value[key] = deepcopy(step["value"])
        case "replace":
            _ = value[key]  # what is not there cannot be replaced
            value[key] = deepcopy(step["value"])
        case "remove":
            del value[key]
        case _:
            raise ValueError(f"op {step['op']!r}")
