"""Pydantic's complaints in our words: every problem with its path and its value, and a suggestion for a wrong key.

    edge.yaml: policies[2].params.max_rtt_ms must be > 0, got -5
    edge.yaml: settings.laod is not a known key (did you mean 'load'?)

Profiles and scenarios both speak through this. What a key could have been is read from the model, by walking from its
top to the place of the problem. Pydantic tries every member of a union and complains about each; of those we keep the
complaints of the members that have the right shape, or else say all shapes in one sentence.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, RootModel, ValidationError

from policies.model.site import suggestion

Place = tuple[str | int, ...]
LONGEST_VALUE = 60  # characters of a value that a line shows
UNKNOWN_KEY: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})

# What was wanted, by pydantic's type of error: https://docs.pydantic.dev/latest/errors/validation_errors/
SHAPES: Final[Mapping[str, str]] = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dataclass_exact_type": "a mapping",
    "dataclass_type": "a mapping",
    "dict_type": "a mapping",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "frozen_set_type": "a list",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of usual size",
    "int_type": "a whole number",
    "is_instance_of": "a value of the right kind",
    "list_type": "a list",
    "mapping_type": "a mapping",
    "model_attributes_type": "a mapping",
    "model_type": "a mapping",
    "none_required": "empty",
    "path_type": "a path",
    "set_type": "a list",
    "string_type": "text",
    "tuple_type": "a list",
}
LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": (">", "gt"),
    "greater_than_equal": (">=", "ge"),
    "less_than": ("<", "lt"),
    "less_than_equal": ("<=", "le"),
}
LENGTHS: Final[Mapping[str, tuple[str, str, str]]] = {
    "too_short": ("at least", "min_length", "entries"),
    "too_long": ("at most", "max_length", "entries"),
    "string_too_short": ("at least", "min_length", "characters"),
    "string_too_long": ("at most", "max_length", "characters"),
}


class Problem(NamedTuple):
    """What is wrong, and at which place of the document."""

    path: str
    text: str  # begins with the path, when there is one


def problems(error: ValidationError, *, source: str, model: Any, at: Place = ()) -> tuple[str, ...]:
    """One line each, in the document's order of the model; *source* is what the user calls the document."""
    return tuple(f"{source}: {problem.text}" for problem in found(error, model=model, at=at))


def found(error: ValidationError, *, model: Any, at: Place = ()) -> tuple[Problem, ...]:
    """All that is wrong with a value that was to become *model*, and which stands in the document below *at*."""
    by_place: dict[Place, list[tuple[Place, Mapping[str, Any]]]] = {}
    for detail in error.errors(include_url=False):
        place, union = _place(detail["loc"], model)
        # complaints about one union belong together
        by_place.setdefault(place if union is None else place[:union], []).append((place, dict(detail)))
    return tuple(
        Problem(path(at + place), text)
        for top, group in by_place.items()
        for place, text in _lines(top, group, model, at)
    )


def path(place: Iterable[str | int]) -> str:
    """The place as a user writes it: `policies[2].params`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """A value as an error shows it: text in quotes, what is long cut short."""
    text = "nothing" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _lines(
    top: Place, group: Sequence[tuple[Place, Mapping[str, Any]]], model: Any, at: Place
) -> Iterator[tuple[Place, str]]:
    inside = [entry for entry in group if entry[0] != top or entry[1]["type"] not in SHAPES]
    if not inside and len(group) > 1:
        wanted = dict.fromkeys(SHAPES[detail["type"]] for _, detail in group)
        yield top, f"{path(at + top) or 'it'} must be {' or '.join(wanted)}, got {shown(group[0][1]['input'])}"
        return
    yield from dict.fromkeys((place, _line(place, detail, model, at)) for place, detail in inside or group)


def _line(place: Place, detail: Mapping[str, Any], model: Any, at: Place) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    name, got = path(at + place) or "it", f", got {shown(value)}"
    if kind in UNKNOWN_KEY:
        return f"{name} is not a known key{suggestion(str(place[-1]), sorted(_keys(_at(model, place[:-1]))))}"
    if kind == "missing":
        return f"{name} is missing"
    if kind in {"value_error", "assertion_error"}:  # a check of ours, which has said it all
        text = str(context["error"])
        head = f"{name}: " if at + place else ""
        return f"{head}{text}" if shown(value) in text else f"{head}{text}{_brief(value)}"
    if kind in {"literal_error", "enum"}:
        return f"{name} must be {_choice(value, _choices(_at(model, place)) or [context['expected']])}"
    wanted = _wanted(kind, context)
    return f"{name} {wanted}{got}" if wanted else f"{name}: {detail['msg']}{got}"


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    """What the value should have been, for the errors that are one sentence; else nothing."""
    wanted = ""
    if kind in LIMITS:
        sign, key = LIMITS[kind]
        wanted = f"must be {sign} {shown(context[key]).removesuffix('.0')}"
    elif kind in LENGTHS:
        bound, key, unit = LENGTHS[kind]
        wanted = f"must have {bound} {context[key]} {unit}"
    elif kind in SHAPES:
        wanted = f"must be {SHAPES[kind]}"
    elif kind == "string_pattern_mismatch":
        wanted = f"must match {context['pattern']}"
    return wanted


def _choice(value: object, choices: Sequence[str]) -> str:
    close = suggestion(value, choices) if isinstance(value, str) else ""
    meant = close if "did you mean" in close else ""  # and not the known ones, which are in the line already
    return f"{'one of ' if len(choices) > 1 else ''}{', '.join(choices)}, got {shown(value)}{meant}"


def _brief(value: object) -> str:
    return f", got {shown(value)}" if isinstance(value, str | int | float) else ""


def _place(loc: Sequence[str | int], model: Any) -> tuple[Place, int | None]:
    """The place in the document, without the names of union members, and at which depth the first union stands."""
    place: list[str | int] = []
    union = None
    options = [model]
    for part in loc:
        flat = [member for option in options for member in _members(option)]
        inner = [child for option in flat for child in _children(option, part)]
        if inner or not _is_tag(part, flat, options):
            place.append(part)
            options = inner
        else:
            union = len(place) if union is None else union
            options = [option for option in flat if _tag_fits(part, option)] or flat
    return tuple(place), union


def _is_tag(part: str | int, flat: Sequence[Any], options: Sequence[Any]) -> bool:
    """Whether pydantic put the part there and not the document: a union's member, or a wrapper such as a validator."""
    if not isinstance(part, str):
        return False
    if len(flat) > len(options):
        return True
    return part == "[key]" or part.startswith(
        ("function-", "lax-or-strict", "json-or-python", "constrained-", "nullable")
    )


def _tag_fits(part: str | int, option: Any) -> bool:
    name = str(part).partition("[")[0]
    bare = get_origin(option) or option
    return getattr(bare, "__name__", None) == name


def _members(model: Any) -> Iterator[Any]:
    """The type itself, or the members of a union; None, Annotated and type aliases looked through."""
    origin = get_origin(model)
    if origin is Annotated:
        yield from _members(get_args(model)[0])
    elif origin in {Union, UnionType}:
        for member in get_args(model):
            if member is not type(None):
                yield from _members(member)
    elif hasattr(model, "__value__"):
        yield from _members(model.__value__)
    elif isinstance(model, type) and issubclass(model, RootModel):
        yield from _members(model.model_fields["root"].annotation)
    else:
        yield model


def _children(option: Any, part: str | int) -> list[Any]:
    """What stands under a part of the document inside this type; empty when nothing can."""
    if isinstance(part, str) and part in (fields := _fields(option)):
        return [fields[part]]
    origin, arguments = get_origin(option), get_args(option)
    if isinstance(part, int) and arguments and origin not in {dict, Literal}:
        several = origin is tuple and arguments[-1] is not Ellipsis
        return [arguments[part if several and part < len(arguments) else 0]]
    if isinstance(origin, type) and issubclass(origin, Mapping) and len(arguments) > 1:
        return [arguments[1]]
    return []


def _at(model: Any, place: Place) -> list[Any]:
    options = list(_members(model))
    for part in place:
        options = [member for option in options for child in _children(option, part) for member in _members(child)]
    return options


def _keys(options: Iterable[Any]) -> set[str]:
    return {key for option in options for key in _fields(option)}


def _fields(option: Any) -> Mapping[str, Any]:
    """The keys that a model or a dataclass takes, as the document spells them, with their types."""
    if isinstance(option, type) and issubclass(option, BaseModel):
        return {field.alias or name: field.annotation for name, field in option.model_fields.items()}
    if isinstance(option, type) and dataclasses.is_dataclass(option):
        hints = get_type_hints(option, include_extras=True)
        return {field.name: hints[field.name] for field in dataclasses.fields(option) if field.init}
    return {}


def _choices(options: Iterable[Any]) -> list[str]:
    found: list[str] = []
    for option in options:
        if get_origin(option) is Literal:
            found += map(str, get_args(option))
        elif isinstance(option, type) and issubclass(option, Enum):
            found += [str(member.value) for member in option]
    return found
