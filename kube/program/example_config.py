"""The configuration file with everything in it: each setting with its meaning above it and its default as its value.

Written out of the models, so it cannot be out of date. Parts that are off unless given are there as comments, with
values of an example; without the comment signs they are valid, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel

LINE = 118


def example_config(model: type[BaseModel], program: str) -> str:
    """A YAML text that parses to the defaults of the model of that program's configuration."""
    head = f"# Configuration of {program}. Every line may be left out; the values are the defaults."
    return "\n".join([head, "", *_lines(model)]) + "\n"


def _lines(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield from _wrapped(f"{field.description}{_choices(field.annotation)}")
        part, is_listed = _part(field.annotation)
        is_off = field.default in (None, ()) and (part is not None or field.default is None)
        if part is not None:
            lines = [f"{name}:", *(["-"] if is_listed else []), *(f"  {line}" for line in _lines(part))]
        else:
            shown = (field.examples or [None])[0] if is_off or field.is_required() else field.default
            lines = [f"{name}: {_value(shown)}"]
        yield from (f"# {line}" if is_off else line for line in lines)


def _part(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The model that the setting is made of, if it is one, and whether it is a list of such."""
    options = get_args(annotation) or (annotation,)
    part = next((each for each in options if isinstance(each, type) and issubclass(each, BaseModel)), None)
    return part, part is not None and get_origin(annotation) is tuple


def _choices(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return f" One of {', '.join(map(str, get_args(annotation)))}."
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return f" One of {', '.join(str(each.value) for each in annotation)}."
    return ""


def _value(value: Any) -> str:
    plain = value.value if isinstance(value, Enum) else list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump(plain, default_flow_style=True, width=1_000_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def _wrapped(text: str) -> Iterator[str]:
    line = "#"
    for word in text.split():
        if len(line) + 1 + len(word) > LINE:
            yield line
            line = "#"
        line += f" {word}"
    yield line
