"""Requests of a pod's containers as one value, and how much bigger one is than another."""

from __future__ import annotations

from fractions import Fraction

from autoscaler.planner.observation import Size

_ONE = Fraction(1)
_UNITS = ((1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))


def total(size: Size, resource: str) -> int:
    """Thousandths of one resource over all containers."""
    return sum(requests.get(resource, 0) for requests in size.values())


def factor(size: Size, base: Size, resource: str) -> Fraction:
    """How many times *base* is *size*; 1 where either asks for none of it."""
    if size is base:
        return _ONE
    now, before = total(size, resource), total(base, resource)
    return Fraction(now, before) if now > 0 and before > 0 else _ONE


def over(base: Size, change: Size) -> dict[str, dict[str, int]]:
    """*base* with what *change* names put in its place."""
    return {name: {**requests, **change.get(name, {})} for name, requests in base.items()}


def is_same(one: Size, other: Size) -> bool:
    """Equal where both name a container's resource: a size may leave out what it does not move."""
    return one is other or all(
        one[name][resource] == other[name][resource]
        for name in one.keys() & other.keys()
        for resource in one[name].keys() & other[name].keys()
    )


def changed(before: Size, after: Size) -> list[tuple[str, str, int, int]]:
    """(container, resource, before, after) of all that differs, by name."""
    return [
        (name, resource, before.get(name, {}).get(resource, 0), amount)
        for name in sorted(after)
        for resource, amount in sorted(after[name].items())
        if before.get(name, {}).get(resource, 0) != amount
    ]


def shown(resource: str, milli: int) -> str:
    """As a person writes it: `500m`, `2`, `512Mi`."""
    if resource == "cpu":
        return f"{milli // 1000}" if milli % 1000 == 0 else f"{milli}m"
    whole = -(-milli // 1000)
    for unit, suffix in _UNITS:
        if whole and whole % unit == 0:
            return f"{whole // unit}{suffix}"
    return f"{whole}"


def told(size: Size) -> str:
    """A size in a few words: `app cpu 500m memory 512Mi`."""
    parts = [
        " ".join([name, *(f"{resource} {shown(resource, milli)}" for resource, milli in sorted(requests.items()))])
        for name, requests in sorted(size.items())
    ]
    return ", ".join(parts) or "as in the template"
