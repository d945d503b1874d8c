"""Sites: nodes close together, their tier, and where they are."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from policies.errors import ModelError, UnknownName


class Tier(StrEnum):
    """What kind of place a site is."""

    EDGE = "edge"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place with nodes. `neighbors` lists sites that count as next door whatever the latency says."""

    name: str
    tier: Tier = Tier.EDGE
    region: str = ""
    zone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    neighbors: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.name:
            raise ModelError("site: name must not be empty")
        if (self.latitude is None) != (self.longitude is None):
            raise ModelError(f"site {self.name}: latitude and longitude come together or not at all")
        for label, degrees, bound in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180)):
            if degrees is not None and not -bound <= degrees <= bound:  # NaN fails too
                raise ModelError(f"site {self.name}: {label} must be from -{bound} to {bound}, got {degrees}")


@dataclass(frozen=True, slots=True)
class Sites:
    """All sites in name order; a site's number is its place in that order."""

    all: tuple[Site, ...]
    is_cloud: npt.NDArray[np.bool_] = field(init=False, repr=False, compare=False)  # by site
    listed: npt.NDArray[np.bool_] = field(init=False, repr=False, compare=False)  # (site, site): one names the other
    _numbers: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.all, key=lambda site: site.name))
        numbers = {site.name: number for number, site in enumerate(ordered)}
        if len(numbers) != len(ordered):
            names = [site.name for site in ordered]
            raise ModelError(f"sites: {next(n for n in names if names.count(n) > 1)} is listed twice")
        object.__setattr__(self, "all", ordered)
        object.__setattr__(self, "_numbers", numbers)
        is_cloud = np.array([site.tier is Tier.CLOUD for site in ordered], dtype=np.bool_)
        listed = np.zeros((len(ordered), len(ordered)), dtype=np.bool_)
        for number, site in enumerate(ordered):
            for other in site.neighbors & numbers.keys():
                listed[number, numbers[other]] = listed[numbers[other], number] = True
        is_cloud.flags.writeable = listed.flags.writeable = False
        object.__setattr__(self, "is_cloud", is_cloud)
        object.__setattr__(self, "listed", listed)

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Site]:
        return iter(self.all)

    def __getitem__(self, number: int) -> Site:
        return self.all[number]

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(self._numbers)

    def number(self, name: str) -> int:
        """The number of the site called *name*; UnknownName with a suggestion when there is none."""
        try:
            return self._numbers[name]
        except KeyError:
            raise UnknownName(f"unknown site {name!r}{suggestion(name, self._numbers)}") from None


def suggestion(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` when a known name is close, else what is known, else nothing."""
    names = list(known)
    folded = {n.lower(): n for n in reversed(names)}
    close = difflib.get_close_matches(name.lower(), list(folded), n=1)
    if close:
        return f" (did you mean {folded[close[0]]!r}?)"
    shown = ", ".join(sorted(names)[:12])
    return f" (known: {shown}{', …' if len(names) > 12 else ''})" if names else ""  # what fits a line


EARTH_RADIUS_KM = 6371.0


def distance_km(a: Site, b: Site) -> float | None:
    """Great-circle distance, or None when one of the two has no coordinates."""
    if a.latitude is None or a.longitude is None or b.latitude is None or b.longitude is None:
        return None
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))
