"""Keys of the extender's own types, read without regard to case, as Go's decoder does.

The types have no JSON tags, so the client of today sends Go's field names: `NodeNames`, `PodUID`. Clients of the policy
API sent `nodenames`, other callers send `nodeNames`. What is inside a Pod or a Node has tags and one spelling.

Only bodies that miss a key in its exact case are respelled: it is the slow path, and costs a copy. In a large body only
these usual spellings are looked for, so that one of a million strange keys does not become a million objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

SEARCHED_BYTES = 2 << 20

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_MISSING = msgspec.Raw(b"")


def respelled(body: msgspec.Raw | bytes, names: Iterable[str]) -> dict[str, msgspec.Raw]:
    """The members of a JSON object that are called so in any case, under their proper names.

    Of several that differ only in case the exact one counts, else the last one. Members of other names are left out.
    """
    if len(body) > SEARCHED_BYTES:
        return usually_spelled(body, names)
    told = _OBJECT.decode(body)
    folded = {key.lower(): value for key, value in told.items()}
    found = {}
    for name in names:
        value = told.get(name, folded.get(name.lower()))
        if value is not None:
            found[name] = value
    return found


def usually_spelled(body: msgspec.Raw | bytes, names: Iterable[str]) -> dict[str, msgspec.Raw]:
    """The same of the spellings that clients are known to use; other keys cost nothing."""
    wanted = tuple(names)
    told = msgspec.json.decode(body, type=_struct(wanted))
    values = {field.encode_name: getattr(told, field.name) for field in msgspec.structs.fields(told)}
    found = {name: next((v for s in _spellings(name) if (v := values[s])), _MISSING) for name in wanted}
    return {name: value for name, value in found.items() if value}


@cache
def _struct(names: tuple[str, ...]) -> Any:
    spellings = [spelling for name in names for spelling in _spellings(name)]
    return msgspec.defstruct(
        "Spelled",
        [(f"f{n}", msgspec.Raw, msgspec.field(default=_MISSING, name=s)) for n, s in enumerate(spellings)],
    )


def _spellings(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((name, name[0].lower() + name[1:], name.lower(), name.upper())))
