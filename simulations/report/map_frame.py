"""Where things stand on a map, in pixels: the part of the world that is shown, the size of dots, and which get a name.

A page is read at any width, so names are placed for the narrowest panel there is; on a wider one they only have more
air. A name is written where it covers no dot, no other name and not the frame; the busiest sites choose first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from simulations.report.style import cut
from simulations.result import SitePoint

PANEL_PX: Final = 350  # the narrowest panel, on a phone
MARGIN: Final = {"l": 54, "r": 14, "t": 38, "b": 54}
SMALLEST_PX, LARGEST_PX = 6.0, 26.0  # dots
MOST_LABELS: Final = 14
LETTER_PX, LINE_PX = 6.4, 14.0  # of a label

_Box = tuple[float, float, float, float]  # left, bottom, right, top, in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all panels of a map share: the degrees that they show, and the heaviest load."""

    west: float
    east: float
    south: float
    north: float
    stretch: float  # a degree of latitude is that many times as tall as one of longitude is wide
    most: float

    @property
    def px_per_degree(self) -> float:
        """Pixels for a degree of longitude on the narrowest panel."""
        return (PANEL_PX - MARGIN["l"] - MARGIN["r"]) / (self.east - self.west)

    @property
    def shape(self) -> float:
        """Height over width of the map."""
        return (self.north - self.south) * self.stretch / (self.east - self.west)

    def at(self, site: SitePoint) -> tuple[float, float]:
        """The site's place in pixels, up and to the right."""
        scale = self.px_per_degree
        return (site.longitude or 0.0) * scale, (site.latitude or 0.0) * scale * self.stretch


def frame(sites: Sequence[SitePoint], most: float) -> Frame:
    """The frame that holds all these sites, of which each has coordinates."""
    longitudes = [site.longitude for site in sites if site.longitude is not None]
    latitudes = [site.latitude for site in sites if site.latitude is not None]
    west, east = _padded(min(longitudes), max(longitudes))
    south, north = _padded(min(latitudes), max(latitudes))
    stretch = 1 / max(math.cos(math.radians((south + north) / 2)), 0.2)
    # neither a ribbon nor a tower: sites along a line get some country on both sides
    flat, tall = 0.45 * (east - west) / stretch - (north - south), (north - south) * stretch / 1.4 - (east - west)
    south, north = south - max(flat, 0) / 2, north + max(flat, 0) / 2
    west, east = west - max(tall, 0) / 2, east + max(tall, 0) / 2
    return Frame(west=west, east=east, south=south, north=north, stretch=stretch, most=most)


def _padded(low: float, high: float) -> tuple[float, float]:
    pad = max((high - low) * 0.06, 0.02)  # 0.02 degrees are 2 km: one site alone still has a map around it
    return low - pad, high + pad


def dot_px(site: SitePoint, most: float) -> float:
    """A dot's width; what its area has above the smallest one grows with the load."""
    return SMALLEST_PX + (LARGEST_PX - SMALLEST_PX) * math.sqrt(site.load / most) if most else SMALLEST_PX


def labels(sites: Sequence[SitePoint], shown: Frame) -> dict[str, str]:
    """Names to write and on which side of the dot: the busiest first, where they cover no label, no dot, no frame."""
    scale = shown.px_per_degree
    inside = (
        shown.west * scale,
        shown.south * scale * shown.stretch,
        shown.east * scale,
        shown.north * scale * shown.stretch,
    )
    taken: list[_Box] = []
    for site in sites:
        (x, y), radius = shown.at(site), dot_px(site, shown.most) / 2
        taken.append((x - radius, y - radius, x + radius, y + radius))
    sides: dict[str, str] = {}
    for site in sorted((site for site in sites if site.load > 0), key=lambda site: (-site.load, site.name)):
        for side, box in _sides(site, shown):
            within = inside[0] < box[0] and inside[1] < box[1] and box[2] < inside[2] and box[3] < inside[3]
            if within and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                sides[site.name] = side
                break
        if len(sides) == MOST_LABELS:
            break
    return sides


def _sides(site: SitePoint, shown: Frame) -> Iterator[tuple[str, _Box]]:
    (x, y), away = shown.at(site), dot_px(site, shown.most) / 2 + 1
    width, half = len(written(site)) * LETTER_PX, LINE_PX / 2
    yield "top center", (x - width / 2, y + away, x + width / 2, y + away + LINE_PX)
    yield "bottom center", (x - width / 2, y - away - LINE_PX, x + width / 2, y - away)
    yield "middle right", (x + away, y - half, x + away + width, y + half)
    yield "middle left", (x - away - width, y - half, x - away, y + half)


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def written(site: SitePoint) -> str:
    """The name as the map writes it."""
    return cut(site.name, 22)
