"""Round trips as a list in YAML: `{from, to, p50_ms, p95_ms, measured_at}`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kube.latency.errors import InputError
from kube.latency.measurement import STANDING, Measurement
from kube.latency.time_text import TimeText
from policies.engine.problems import problems
from policies.engine.yaml_text import load_yaml

LONGEST_TEXT = 128 * 1024  # characters; about a second of parsing, and a CSV holds as much in a tenth of the space

Milliseconds = Annotated[float, Field(ge=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    origin: str = Field(alias="from", min_length=1)
    to: str = Field(min_length=1)
    p50_ms: Milliseconds | None = None
    p95_ms: Milliseconds | None = None
    measured_at: TimeText = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.p50_ms is None and self.p95_ms is None:
            raise ValueError("p50_ms or p95_ms must be there")
        if self.p50_ms is not None and self.p95_ms is not None and self.p95_ms < self.p50_ms:
            raise ValueError(f"p95_ms must be >= p50_ms, got {self.p95_ms:g} < {self.p50_ms:g}")
        return self


def parse_yaml(text: str, *, named: str, source: str) -> tuple[Measurement, ...]:
    """The entries in their order; InputError with every problem, by line and entry."""
    content = _load(text, named)
    found: list[tuple[int, str]] = []  # with the entry's place
    entries: dict[tuple[str, str], _Entry] = {}
    for index, raw in enumerate(content):
        try:
            entry = _Entry.model_validate(raw)
        except ValidationError as error:
            found += [(index, told) for told in problems(error, source="", model=_Entry, at=(index,))]
            continue
        if (entry.origin, entry.to) in entries:
            found.append((index, f": [{index}] from {entry.origin} to {entry.to} was there before"))
        entries[entry.origin, entry.to] = entry
    if found:
        lines = _lines(text)
        raise InputError(tuple(f"{named} line {lines[index]}{problem}" for index, problem in found))
    return tuple(_measurement(entry, source) for entry in entries.values())


def _load(text: str, named: str) -> list[Any]:
    if len(text) > LONGEST_TEXT:
        raise InputError(
            (f"{named}: must have at most {LONGEST_TEXT} characters, got {len(text)}; a .csv matrix is smaller",)
        )
    try:
        content = load_yaml(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day that there is not
        raise InputError((f"{named}: not YAML: {' '.join(str(error).split())}",)) from error
    except RecursionError:
        raise InputError((f"{named}: not YAML: nested too deeply",)) from None
    if content is None:
        return []
    if not isinstance(content, list):
        raise InputError((f"{named}: must be a list of {{from, to, p50_ms, p95_ms}}, got {type(content).__name__}",))
    return content


def _lines(text: str) -> list[int]:
    """The line of each entry; read again, since only what is wrong needs it."""
    top = yaml.compose(text, Loader=yaml.SafeLoader)
    return [entry.start_mark.line + 1 for entry in top.value] if top else []


def _measurement(entry: _Entry, source: str) -> Measurement:
    return Measurement(
        origin=entry.origin,
        to=entry.to,
        p50_ms=math.nan if entry.p50_ms is None else entry.p50_ms,
        p95_ms=math.nan if entry.p95_ms is None else entry.p95_ms,
        at_s=STANDING if entry.measured_at is None else entry.measured_at.timestamp(),
        source=source,
    )
