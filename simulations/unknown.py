"""The sentence about a name that there is not: what was meant perhaps, else every name that there is, once."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model.site import suggestion


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """`unknown policy 'neer' (did you mean 'near'?)`, or `unknown policy 'x'; there are near, far`."""
    names = list(dict.fromkeys(known))
    close = suggestion(name, names)
    return f"unknown {what} {name!r}{close if 'did you mean' in close else '; there are ' + ', '.join(names)}"
