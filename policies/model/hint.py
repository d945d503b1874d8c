"""The hint: where a pod wishes to run, as an ordered list of groups of places.

`preferred: local`, `fallback: seoul,[busan,daegu],cloud` reads: local first, then seoul, then busan or daegu
(whichever is nearer by measurement), then any cloud site. A place is a relation to the origin (`local`, `neighbor`,
`cloud`) or a site's name. Without a fallback the others follow in the natural order local, neighbor, cloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from policies.errors import ModelError

RELATIONS = ("local", "neighbor", "cloud")
_TOKEN = re.compile(r"\s*([\[\],]|[^\[\],\s]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Groups in the order in which they are tried; `required` refuses every place that is in none of them."""

    groups: tuple[tuple[str, ...], ...]
    required: bool = False

    def __post_init__(self) -> None:
        if not self.groups or not all(self.groups):
            raise ModelError("hint: wants at least one place in each group")

    @classmethod
    def parse(cls, *, preferred: str = "", fallback: str = "", required: bool = False) -> Hint:
        """From the annotations. `required` without a fallback means the preferred place and no other."""
        if preferred and preferred not in RELATIONS:
            raise ModelError(f"hint: preferred must be one of {', '.join(RELATIONS)}, got {preferred!r}")
        groups: list[tuple[str, ...]] = [(preferred,)] if preferred else []
        if fallback:
            groups += parse_groups(fallback)
        elif not required:
            groups += [(relation,) for relation in RELATIONS]
        return cls(groups=_without_repeats(groups), required=required)

    @classmethod
    def of(cls, groups: Iterable[str | Iterable[str]], *, required: bool = False) -> Hint:
        """From nested lists as GEdge's `select_clusters: ['c1', ['c2', 'c3'], 'c4']` has them."""
        nested = [(group,) if isinstance(group, str) else tuple(group) for group in groups]
        return cls(groups=_without_repeats(nested), required=required)


def parse_groups(text: str) -> list[tuple[str, ...]]:
    """`seoul,[busan,daegu],cloud` → [("seoul",), ("busan", "daegu"), ("cloud",)]."""
    groups: list[tuple[str, ...]] = []
    inside: list[str] | None = None
    wants_place = True
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:  # only an unmatched blank is left
            break
        token, position = match[1], match.end()
        if token == "," and not wants_place:
            wants_place = True
        elif token == "[" and wants_place and inside is None:
            inside = []
        elif token == "]" and inside and not wants_place:
            groups.append(tuple(inside))
            inside = None
        elif token not in "[]," and wants_place:
            wants_place = False
            if inside is None:
                groups.append((token,))
            else:
                inside.append(token)
        else:
            raise ModelError(
                f"fallback {text!r}: unexpected {token!r} (wanted places such as seoul,[busan,daegu],cloud)"
            )
    if inside is not None or wants_place:
        raise ModelError(f"fallback {text!r}: ends too early (wanted places such as seoul,[busan,daegu],cloud)")
    return groups


def _without_repeats(groups: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    seen: set[str] = set()
    kept = []
    for group in groups:
        fresh = tuple(place for i, place in enumerate(group) if place not in seen and place not in group[:i])
        seen.update(fresh)
        if fresh:
            kept.append(fresh)
    return tuple(kept)
