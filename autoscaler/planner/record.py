"""A decision as one line of JSON that replays offline to the same answer.

It holds everything `plan` was given, and every answer of the placement engine that it asked for, so that neither a
cluster nor its nodes are needed to run it again. Readings are told apart by a `type` of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_type_hints

import msgspec

from autoscaler.planner.decision import Decision
from autoscaler.planner.errors import RecordError
from autoscaler.planner.history import History
from autoscaler.planner.observation import (
    Fit,
    Observation,
    PodValues,
    Reading,
    Rooms,
    Sample,
    Total,
    Unavailable,
)
from autoscaler.planner.plan import plan
from autoscaler.planner.spec import Spec

KIND: Final = "decision"
VERSION = 1
_FIELDS = {name: hint for name, hint in get_type_hints(Observation).items() if name != "readings"}


class Asked(msgspec.Struct, frozen=True):
    """One question to the placement engine, with its answer."""

    place: str
    up_to: int
    count: int
    why: str = ""


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reading of any type."""

    type: Literal["PodValues", "Total", "Unavailable"]
    samples: dict[str, Sample] = {}
    milli: int = 0
    timestamp_s: float | None = None
    reason: str = ""
    message: str = ""


class Record(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One decision. `decision` is what was decided then; a replay does not read it."""

    kind: Literal["decision"]
    id: str
    version: int
    spec: Spec
    seen: dict[str, Any]
    readings: list[Said]
    history: History
    rooms: list[Asked]
    decision: dict[str, Any]


@dataclass(slots=True)
class Heard:
    """Rooms that remember what was asked of them and what they said."""

    rooms: Rooms
    asked: list[Asked]

    def __call__(self, place: str, up_to: int) -> Fit:
        fit = self.rooms(place, up_to)
        self.asked.append(Asked(place, up_to, fit.count, fit.why))
        return fit


def encode(name: str, spec: Spec, seen: Observation, history: History, asked: list[Asked], decision: Decision) -> bytes:
    """The line, without its end. *name* says which decision it is."""
    fields = msgspec.to_builtins(seen)
    fields.pop("readings")
    return msgspec.json.encode(
        Record(
            kind=KIND,
            id=name,
            version=VERSION,
            spec=spec,
            seen=fields,
            readings=[_said(reading) for reading in seen.readings],
            history=history,
            rooms=asked,
            decision=answer(decision),
        )
    )


def decode(line: bytes) -> Record:
    """RecordError with the path of what is wrong."""
    try:
        record = msgspec.json.decode(line, type=Record)
        if record.version != VERSION:
            raise RecordError(f"version must be {VERSION}, got {record.version}")
        observation(record)
    except msgspec.ValidationError as error:
        raise RecordError(str(error)) from error
    except msgspec.DecodeError as error:
        raise RecordError(f"not JSON: {error}") from error
    return record


def replay(record: Record) -> Decision:
    """The decision, made again from what was recorded."""
    return plan(record.spec, observation(record), record.history, _answers(record))


def observation(record: Record) -> Observation:
    """What was seen. Field by field, since msgspec takes no union of dataclasses, which the readings are."""
    fields: dict[str, Any] = {}
    for name, told in record.seen.items():
        if name not in _FIELDS:
            raise RecordError(f"seen.{name}: there is no such field")
        try:
            fields[name] = msgspec.convert(told, _FIELDS[name])
        except msgspec.ValidationError as error:
            raise RecordError(f"seen.{name}: {error}") from error
    try:
        return Observation(**fields, readings=tuple(_reading(said) for said in record.readings))
    except TypeError as error:  # one that has no default is missing
        raise RecordError(f"seen: {error}") from error


def answer(decision: Decision) -> dict[str, Any]:
    """What was decided, without what is remembered: what two replays are compared by."""
    fields: dict[str, Any] = msgspec.to_builtins(decision)
    fields.pop("history")
    fields.pop("unmoved")
    return fields


def _answers(record: Record) -> Rooms:
    known = {(asked.place, asked.up_to): Fit(count=asked.count, why=asked.why) for asked in record.rooms}

    def rooms(place: str, up_to: int) -> Fit:
        try:
            return known[place, up_to]
        except KeyError:
            raise RecordError(f"{record.id}: rooms: nobody recorded how many of {up_to} fit at {place!r}") from None

    return rooms


def _said(reading: Reading) -> Said:
    match reading:
        case PodValues():
            return Said("PodValues", samples=dict(reading.samples))
        case Total():
            return Said("Total", milli=reading.milli, timestamp_s=reading.timestamp_s)
        case Unavailable():
            return Said("Unavailable", reason=reading.reason, message=reading.message)


def _reading(said: Said) -> Reading:
    match said.type:
        case "PodValues":
            return PodValues(samples=said.samples)
        case "Total":
            return Total(milli=said.milli, timestamp_s=said.timestamp_s)
        case "Unavailable":
            return Unavailable(reason=said.reason, message=said.message)
