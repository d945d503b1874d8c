"""A history as a short text for the status, so that windows, periods and what was learned outlive the process.

JSON of a version, at rest while the workload is: a status is written only when it changes, so what moves with every
pass stays out, unless a decision needs it.

* Of the wishes that windows remember only those are kept that a window can end on: the highest and lowest of all that
  came after them, and the last. The last one goes without its time: it is taken to have lasted until the text is
  read. So a steady wish is one number, and a restart scales nothing in before the window is over, as rule 3 wants.
* Of a metric the number that it had roughly; since when exactly only while it is 0.
* Of the forecast's series a byte a block, and a byte a minute up to the last whole block, on a scale of 6 % steps.
* Of the vertical recommendation what `recommend` says is worth keeping.

A text that cannot be read is a new history and a sentence: a person may have written it, or a later version of us.
"""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from math import log
from typing import Annotated

import msgspec

from autoscaler.planner import recommend
from autoscaler.planner.forecast import BLOCK_S, FINE_S, KEPT_S, MINUTE_S, Series, thinned
from autoscaler.planner.history import History, Recommendation, ScaleEvent, Seen

VERSION = 1
LONGEST = 65_536  # the status field's maxLength
EVENTS_S = 1800.0  # the longest period a rate policy may have
DAY_S = 86_400.0

_SMALLEST = 0.01  # replicas; what is less counts as none
_RATIO = 1.06
_NONE, _MOST = 255, 254  # codes: no block, and the top of the scale: some 26,000 replicas
_SCALE = (0.0, *(_SMALLEST * _RATIO**code for code in range(1, _NONE)))
_LOG_RATIO = log(_RATIO)
_START_BYTES = 4  # the first step's number

_Count = Annotated[int, msgspec.Meta(ge=0)]
_Size = dict[str, dict[str, _Count]]


class _Text(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """The fields of the text; names are short, because ten thousand of them are kept in etcd."""

    v: int
    wish: _Count | None = None  # the last recommendation
    wishes: list[tuple[_Count, float]] = []
    out: list[tuple[_Count, float]] = []
    in_: list[tuple[_Count, float]] = msgspec.field(default_factory=list, name="in")
    last_out: float | None = None
    last: float | None = None
    size: _Size = {}
    base: _Size = {}
    room: float | None = None
    surplus: float | None = None
    seen: dict[str, tuple[int, float | None]] = {}
    zero: dict[str, float] = {}  # since when, of those that are 0
    blocks: str = ""
    minutes: str = ""
    usage: dict[str, str] = {}
    started: bool = True


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Text)


def encode(history: History) -> str:
    """The text; the same one for all histories that decide alike."""
    wish, wishes = _turns(history)
    text = _Text(
        v=VERSION,
        wish=wish,
        wishes=wishes,
        out=_events(history.out_events),
        in_=_events(history.in_events),
        last_out=history.last_out_s,
        last=history.last_change_s,
        size=_plain(history.size),
        base=_plain(history.base),
        room=history.room_since_s,
        surplus=history.surplus_since_s,
        seen={key: (seen.nonzero_milli, seen.nonzero_s) for key, seen in sorted(history.seen.items())},
        zero={key: seen.since_s for key, seen in sorted(history.seen.items()) if seen.milli == 0},
        blocks=_blocks(history.series),
        minutes=_minutes(history.series),
        usage=recommend.kept(history.usage),
        started=history.started,
    )
    return _ENCODER.encode(text).decode()


def decode(text: str, now_s: float) -> History:
    """The history that *text* is of, as it is at *now_s*; a new one when that cannot be told."""
    read = _read(text)
    return History() if isinstance(read, str) else _history(read, now_s)


def problem(text: str) -> str:
    """Why *text* is no checkpoint, '' when it is one."""
    read = _read(text)
    return read if isinstance(read, str) else ""


def _read(text: str) -> _Text | str:
    if len(text) > LONGEST:
        return f"checkpoint: at most {LONGEST} characters, got {len(text)}"
    try:
        read = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        return f"checkpoint: {error}"
    if read.v != VERSION:
        return f"checkpoint: version {VERSION} is known, got {read.v}"
    try:
        _series(read)
    except ValueError as error:
        return f"checkpoint: series: {error}"
    return read


def _history(read: _Text, now_s: float) -> History:
    """No time in it is later than *now_s*: after a clock that went ahead nothing would be allowed for as long."""

    def past(at_s: float | None) -> float | None:
        return None if at_s is None else min(at_s, now_s)

    wishes = tuple(Recommendation(replicas, min(at_s, now_s)) for replicas, at_s in read.wishes)
    if read.wish is not None:
        wishes += (Recommendation(read.wish, now_s),)
    return History(
        recommendations=wishes,
        out_events=tuple(ScaleEvent(change, min(at_s, now_s)) for change, at_s in read.out),
        in_events=tuple(ScaleEvent(change, min(at_s, now_s)) for change, at_s in read.in_),
        last_out_s=past(read.last_out),
        last_change_s=past(read.last),
        size=read.size,
        base=read.base,
        room_since_s=past(read.room),
        surplus_since_s=past(read.surplus),
        seen={key: _seen(milli, past(at_s), past(read.zero.get(key))) for key, (milli, at_s) in read.seen.items()},
        series=tuple(point for point in _series(read) if point[0] <= now_s),
        usage=read.usage,
        started=read.started,
    )


def _turns(history: History) -> tuple[int | None, list[tuple[int, float]]]:
    """The last wish, and those before it that a window which ends now can have as its highest or lowest."""
    known = sorted(history.recommendations, key=lambda each: each.at_s)
    if not known:
        return None, []
    lowest = highest = known[-1].replicas
    turns: list[tuple[int, float]] = []
    for each in reversed(known[:-1]):
        if not lowest <= each.replicas <= highest:
            lowest, highest = min(lowest, each.replicas), max(highest, each.replicas)
            turns.append((each.replicas, each.at_s))
    return known[-1].replicas, turns[::-1]


def _events(events: tuple[ScaleEvent, ...]) -> list[tuple[int, float]]:
    """Those that a rate can still see: the newest tells how late it is at least."""
    newest_s = max((event.at_s for event in events), default=0.0)
    return sorted(
        ((event.change, event.at_s) for event in events if event.at_s > newest_s - EVENTS_S), key=lambda each: each[1]
    )


def _seen(nonzero_milli: int, nonzero_s: float | None, zero_since_s: float | None) -> Seen:
    if zero_since_s is not None:
        return Seen(milli=0, since_s=zero_since_s, nonzero_milli=nonzero_milli, nonzero_s=nonzero_s)
    return Seen(milli=nonzero_milli, since_s=nonzero_s or 0.0, nonzero_milli=nonzero_milli, nonzero_s=nonzero_s)


def _series(read: _Text) -> Series:
    blocks = _unpacked(read.blocks, BLOCK_S, KEPT_S)
    minutes = _unpacked(read.minutes, MINUTE_S, FINE_S)
    return (*(point for point in blocks if not minutes or point[0] < minutes[0][0]), *minutes)


def _blocks(series: Series) -> str:
    """The thinned part, from the first whole day on."""
    old = thinned(series)
    first_s = -(-(old[-1][0] - KEPT_S) // DAY_S) * DAY_S if old else 0.0
    return _packed([point for point in old if point[0] >= first_s], BLOCK_S)


def _minutes(series: Series) -> str:
    """The numbers since then, to the last whole block; none while they are all the same."""
    if not series:
        return ""
    old, last_s = len(thinned(series)), series[-1][0] // BLOCK_S * BLOCK_S
    young = [point for point in series[old:] if point[0] < last_s]
    return _packed(young, MINUTE_S) if len({_code(wish) for _, wish in young}) > 1 else ""


def _packed(points: Sequence[tuple[float, float]], step_s: float) -> str:
    """A byte each step, without the repetition at the end."""
    if not points:
        return ""
    first, last = int(points[0][0] // step_s), int(points[-1][0] // step_s)
    codes = bytearray([_NONE]) * (last - first + 1)
    for at_s, wish in points:
        codes[int(at_s // step_s) - first] = _code(wish)
    end = len(codes.rstrip(codes[-1:])) + 1
    return b64encode(zlib.compress(first.to_bytes(_START_BYTES, "big") + codes[:end], 9)).decode()


def _unpacked(text: str, step_s: float, kept_s: float) -> Series:
    if not text:
        return ()
    most = _START_BYTES + int((kept_s + 2 * BLOCK_S) / step_s)
    try:
        raw = zlib.decompressobj().decompress(b64decode(text, validate=True), most + 1)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(str(error)) from error
    if not _START_BYTES < len(raw) <= most:
        raise ValueError(f"from 1 to {most - _START_BYTES} steps are known, got {len(raw) - _START_BYTES}")
    first = int.from_bytes(raw[:_START_BYTES], "big")
    return tuple(
        ((first + offset + 0.5) * step_s, _SCALE[code])
        for offset, code in enumerate(raw[_START_BYTES:])
        if code != _NONE
    )


def _code(wish: float) -> int:
    return min(round(log(wish / _SMALLEST) / _LOG_RATIO), _MOST) if wish > _SMALLEST else 0


def _plain(size: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {container: dict(sorted(resources.items())) for container, resources in sorted(size.items())}
