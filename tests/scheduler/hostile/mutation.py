"""Bodies with something wrong at any place: what is there, and what is done to it.

A body is written once with the place of each value and each member noted; a mutation replaces bytes there. So whatever
is put in need not be JSON, a key may be there twice, and a hundred thousand bodies take seconds to make.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.scheduler.hostile.monsters import KEYS, VALUES, alike


class Place(NamedTuple):
    """Where a value is in the text; `member` is where its key begins, the value's own start in a list."""

    member: int
    start: int
    end: int


class Edit(NamedTuple):
    """One change. `at` and `what` are any numbers, taken modulo what there is."""

    how: str
    at: int
    what: int


@dataclass(frozen=True)
class Body:
    """A good body and its places."""

    text: bytes
    places: tuple[Place, ...]

    @classmethod
    def of(cls, content: object) -> Body:
        """As kube-scheduler would write it."""
        text, places = bytearray(), []

        def write(value: object, member: int) -> None:
            start = len(text)
            if isinstance(value, dict):
                text.extend(b"{")
                for key, inner in value.items():
                    begins = len(text)
                    text.extend(json.dumps(key).encode() + b":")
                    write(inner, begins)
                    text.extend(b",")
                _close(text, b"}")
            elif isinstance(value, list):
                text.extend(b"[")
                for inner in value:
                    write(inner, len(text))
                    text.extend(b",")
                _close(text, b"]")
            else:
                text.extend(json.dumps(value).encode())
            places.append(Place(member, start, len(text)))

        write(content, 0)
        return cls(bytes(text), tuple(places))

    def edited(self, edits: Sequence[Edit]) -> bytes:
        """The text with these changes, from the last place to the first; one inside another goes with it."""
        text, untouched = self.text, len(self.text) + 1
        for edit in sorted(edits, key=lambda edit: self._place(edit).start, reverse=True):
            place = self._place(edit)
            if place.end >= untouched:
                continue
            untouched = place.member
            text = _HOW[edit.how](text, place, edit.what)
        return text

    def _place(self, edit: Edit) -> Place:
        return self.places[edit.at % len(self.places)]


def _close(text: bytearray, end: bytes) -> None:
    if text.endswith(b","):
        text.pop()
    text.extend(end)


def _replaced(text: bytes, place: Place, what: int) -> bytes:
    return text[: place.start] + VALUES[what % len(VALUES)] + text[place.end :]


def _swapped(text: bytes, place: Place, what: int) -> bytes:
    values = alike(text[place.start : place.end])
    return text[: place.start] + values[what % len(values)] + text[place.end :]


def _renamed(text: bytes, place: Place, what: int) -> bytes:
    if place.member == place.start:
        return _replaced(text, place, what)
    return text[: place.member] + KEYS[what % len(KEYS)] + b":" + text[place.start :]


def _joined(text: bytes, place: Place, what: int) -> bytes:
    """One more member or element before it, under a key of its own."""
    key = b"" if place.member == place.start else KEYS[what % len(KEYS)] + b":"
    return text[: place.member] + key + VALUES[what // 7 % len(VALUES)] + b"," + text[place.member :]


def _doubled(text: bytes, place: Place, what: int) -> bytes:
    """The same key once more, with another value, before or after it."""
    key, value = text[place.member : place.start], VALUES[what % len(VALUES)]
    if what % 2:
        return text[: place.member] + key + value + b"," + text[place.member :]
    return text[: place.end] + b"," + key + value + text[place.end :]


def _buried(text: bytes, place: Place, what: int) -> bytes:
    depth = (1, 2, 50, 1_100)[what % 4]
    return text[: place.start] + b"[" * depth + text[place.start : place.end] + b"]" * depth + text[place.end :]


def _dropped(text: bytes, place: Place, what: int) -> bytes:
    """Without that member, and without one of the commas beside it."""
    if text[place.end : place.end + 1] == b",":
        return text[: place.member] + text[place.end + 1 :]
    begins = place.member - (text[place.member - 1 : place.member] == b",")
    return text[:begins] + text[place.end :]


_HOW: dict[str, Callable[[bytes, Place, int], bytes]] = {
    "swapped": _swapped,
    "replaced": _replaced,
    "renamed": _renamed,
    "joined": _joined,
    "doubled": _doubled,
    "buried": _buried,
    "dropped": _dropped,
}
HOW = ("swapped", "swapped", *_HOW)  # the first is what gets furthest


def _cut(text: bytes, at: int) -> bytes:
    return text[: at % (len(text) + 1)]


def _flipped(text: bytes, at: int) -> bytes:
    if not text:
        return b"\xff"
    at %= len(text) * 8
    return text[: at // 8] + bytes([text[at // 8] ^ (1 << at % 8)]) + text[at // 8 + 1 :]


def _torn(text: bytes, at: int) -> bytes:
    """A piece of it is missing."""
    at %= len(text) + 1
    return text[:at] + text[at + 1 + at % 13 :]


_ENDS: dict[str, Callable[[bytes, int], bytes]] = {
    "left": lambda text, _: text,
    "cut": _cut,
    "flipped": _flipped,
    "torn": _torn,
    "trailed": lambda text, at: text + (b"\n", b"{}", b"\x00", b"]" * 100, b" " * 10_000)[at % 5],
    "led": lambda text, at: (b"\xef\xbb\xbf", b"\x00", b" " * 10_000, b"\x1f\x8b\x08\x00", b")]}',\n")[at % 5] + text,
    "recoded": lambda text, at: text.decode(errors="replace").encode(
        ("utf-16", "utf-32", "utf-7", "utf-8-sig")[at % 4]
    ),
}
ENDS = tuple(_ENDS)


def ended(text: bytes, how: str, at: int) -> bytes:
    """The text with something done to its bytes, whatever they mean."""
    return _ENDS[how](text, at)
