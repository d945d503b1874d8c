"""Keys of the extender's own types, read without regard to case, as Go's decoder does.

The types have no JSON tags, so the client of today sends Go's field names: `NodeNames`, `PodUID`. Clients of the policy
API sent `nodenames`, other callers send `nodeNames`. What is inside a Pod or a Node has tags and one spelling.

Only bodies that miss a key in its exact case come here: it is the slow path, and costs a copy.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def respelled(body: msgspec.Raw | bytes, names: Iterable[str]) -> dict[str, msgspec.Raw]:
    """The members of a JSON object that are called so in any case, under their proper names.

    Of several that differ only in case the exact one counts, else the last one. Members of other names are left out.
    """
    told = _OBJECT.decode(body)
    folded = {key.lower(): value for key, value in told.items()}
    found = {}
    for name in names:
        value = told.get(name, folded.get(name.lower()))
        if value is not None:
            found[name] = value
    return found
