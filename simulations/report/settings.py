"""Settings as the report writes them: a flat list of names and words, without what was left open, and no long paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

LONGEST_SETTING: Final = 300
WHOLE_BELOW: Final = 1e15  # from here on a float has no digits after the point anyway
PATH: Final = re.compile(r"(?:^|(?<=\s))(?:\.{1,2}|~|[A-Za-z]:)?[/\\].*$")  # to the end: a folder may have blanks


def flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Each setting that is set, by its dotted path, as people write it; JSON's types in."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from flat(inner, f"{path}.{key}" if path else str(key))
    elif path and (text := _said(value)):
        yield path, text if len(text) <= LONGEST_SETTING else f"{text[:LONGEST_SETTING]}…"


def _said(value: object) -> str:
    """A setting as people write it; nothing for one that was left open."""
    if isinstance(value, str):
        return without_folders(value)
    if isinstance(value, Mapping):
        inner = ((str(key), _said(part)) for key, part in value.items())
        return ", ".join(f"{key} {text}" for key, text in inner if text)
    if isinstance(value, list):
        parts = [text for part in value if (text := _said(part))]
        return ("; " if any(isinstance(part, Mapping | list) for part in value) else ", ").join(parts)
    if isinstance(value, float) and value.is_integer() and abs(value) < WHOLE_BELOW:
        return str(int(value))
    return "" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def without_folders(text: str) -> str:
    """Paths by their last two parts: a report that is handed on tells nothing about the machine that made it."""
    return ", ".join(PATH.sub(_end_of_path, part) for part in text.split(", "))


def _end_of_path(found: re.Match[str]) -> str:
    parts = [part for part in re.split(r"[/\\]+", found[0]) if part not in {"", ".", "..", "~"}]
    return "/".join(parts[-2:]) or found[0]
