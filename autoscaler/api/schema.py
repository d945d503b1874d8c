"""From pydantic's JSON Schema to the structural schema that a CustomResourceDefinition may have.

Kubernetes wants every type written out where it is used: no `$ref`, no `anyOf` for "or nothing", no `title`. A field
that may be absent is simply not required. Defaults are what the API server fills in, a whole mapping's, too, so that an
object that is read back shows every setting that counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

LARGEST_INT32 = 2**31 - 1
_KEPT = (
    "enum", "format", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "required",
    "x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-validations",
)  # fmt: skip

Schema = dict[str, Any]


def structural(model: type[BaseModel]) -> Schema:
    """The schema of a model's mapping."""
    made = model.model_json_schema(by_alias=True)
    return _structural(made, made.get("$defs", {}))


def _structural(raw: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    said = _resolved(raw, definitions)
    made: Schema = {}
    if "description" in said:
        made["description"] = " ".join(said["description"].split())
    if "type" in said:
        made["type"] = said["type"]
    made |= {key: said[key] for key in _KEPT if key in said}
    if "const" in said:
        made["enum"] = [said["const"]]
    if said.get("type") == "integer":
        _as_int(made)
    if "items" in said:
        made["items"] = _structural(said["items"], definitions)
    if "properties" in said:
        made["properties"] = {name: _structural(each, definitions) for name, each in said["properties"].items()}
    if isinstance(said.get("additionalProperties"), Mapping):
        made["additionalProperties"] = _structural(said["additionalProperties"], definitions)
    if (default := _told(said.get("default"))) is not None:
        made["default"] = default
    return made


def _resolved(raw: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    """What stands behind a reference or beside "or nothing", under what is said at the place itself."""
    said = dict(raw)
    if "anyOf" in said:
        (inner,) = [each for each in said.pop("anyOf") if each.get("type") != "null"]
        return {**_resolved(inner, definitions), **said}
    if "$ref" in said:
        return {**_resolved(definitions[said.pop("$ref").rpartition("/")[2]], definitions), **said}
    return said


def _as_int(made: Schema) -> None:
    """Bounds that are those of the format are not said twice."""
    is_large = made.get("maximum", 2**63) > LARGEST_INT32
    made["format"] = "int64" if is_large else "int32"
    if made.get("maximum") == LARGEST_INT32:
        del made["maximum"]
    if made.get("minimum") == -LARGEST_INT32 - 1:
        del made["minimum"]


def _told(value: Any) -> Any:
    """A default without what is as if it were not there; None when nothing is left of it."""
    if isinstance(value, Mapping):
        value = {key: told for key, each in value.items() if (told := _told(each)) is not None}
    elif isinstance(value, list | tuple):
        value = [_told(each) for each in value]
    return None if value in ("", [], {}) else value
