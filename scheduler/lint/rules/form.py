"""Fields that there are not, and values of the wrong type: kube-scheduler reads strictly and does not start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.model.site import suggestion
from scheduler.lint.asked import Asked
from scheduler.lint.duration import seconds
from scheduler.lint.finding import Finding, error
from scheduler.lint.shape import CONFIGURATION, Entries, Shape, Type


def form(asked: Asked) -> Iterator[Finding]:
    """Every field that strict decoding would refuse."""
    yield from _faults("", asked.configuration.content, CONFIGURATION)


def _faults(path: str, value: Any, shape: Shape) -> Iterator[Finding]:
    if value is None or shape is Type.ANYTHING:
        return  # null is the same as unset
    if isinstance(shape, Entries):
        if not isinstance(value, list):
            yield _wrong(path, value, "a list")
            return
        for number, entry in enumerate(value):
            yield from _faults(f"{path}[{number}]", entry, shape[0])
    elif isinstance(shape, Type):
        if not _fits(value, shape):
            yield _wrong(path, value, shape.value)
    elif not isinstance(value, dict):
        yield _wrong(path, value, "a mapping")
    else:
        for key, inner in value.items():
            place = f"{path}.{key}" if path else str(key)
            if key in shape:
                yield from _faults(place, inner, shape[key])
            else:
                yield error(
                    place,
                    inner,
                    "kube-scheduler knows no such field and refuses the file",
                    f"remove it{suggestion(str(key), shape)}",
                )


def _fits(value: Any, wanted: Type) -> bool:
    if wanted is Type.FLAG:
        return isinstance(value, bool)
    if wanted is Type.WHOLE:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted is Type.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if wanted is Type.DURATION:
        return isinstance(value, str) and seconds(value) is not None
    return isinstance(value, str)


def _wrong(path: str, value: Any, wanted: str) -> Finding:
    unit = f", for example {value}s" if wanted is Type.DURATION.value and str(value).isdigit() else ""
    return error(path, value, "is of the wrong type, and kube-scheduler refuses the file", f"{wanted}{unit}")
