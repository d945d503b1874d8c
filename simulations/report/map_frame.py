"""Where things stand on a map, in pixels: the part of the world that is shown, the size of dots, and which get a name.

A page is read at any width: a wider panel draws the map larger, but dots and letters stay as they are. So a dot that
was under its neighbour comes out beside it, where a name may stand. A name is therefore written only where at every
usual width it covers no dot, no other name and not the frame; the busiest sites choose first. Many sites get smaller
dots, so that a region full of them is not one blot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulations.report.style import cut
from simulations.result import SitePoint

PANEL_PX: Final = 350  # the narrowest panel, on a phone
MARGIN: Final = {"l": 54, "r": 14, "t": 38, "b": 54}
SMALLEST_PX: Final = 5.0  # of a dot
LARGEST_PX: Final = (10.0, 26.0)  # with many sites and with few
CROWDED: Final = 0.6  # the largest dot's width over the side of the square that each site has on average
CLOSE_UP: Final = 0.2  # of the width: what a close-up may show
CROWD_SHARE, CROWD_LEAST = 0.35, 12  # of the sites, and sites, that it must show
MOST_LABELS: Final = 8
WIDTHS: Final = (1.0, 1.25, 1.5, 1.8, 2.1, 2.4)  # of the map, over that of the narrowest panel
FLATTEST, TALLEST = 0.4, 1.4  # height over width: the whole inhabited world, and a screen
TALLEST_CLOSE_UP: Final = 0.7  # beside the map of the world, which is low
LETTER_PX, LINE_PX = 6.4, 14.0  # of a label
SIDES: Final = ("top center", "bottom center", "middle right", "middle left")  # as plotly calls them

_Box = tuple[float, float, float, float]  # left, bottom, right, top, in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all panels of a map share: the degrees that they show, the heaviest load, and the width of its dot."""

    west: float
    east: float
    south: float
    north: float
    stretch: float  # a degree of latitude is that many times as tall as one of longitude is wide
    most: float
    largest_px: float

    @property
    def px_per_degree(self) -> float:
        """Pixels for a degree of longitude on the narrowest panel."""
        return (PANEL_PX - MARGIN["l"] - MARGIN["r"]) / (self.east - self.west)

    @property
    def shape(self) -> float:
        """Height over width of the map."""
        return (self.north - self.south) * self.stretch / (self.east - self.west)

    def at(self, site: SitePoint, width: float = 1.0) -> tuple[float, float]:
        """The site's place in pixels, up and to the right, on a map so many times as wide as the narrowest."""
        scale = self.px_per_degree * width
        return (site.longitude or 0.0) * scale, (site.latitude or 0.0) * scale * self.stretch

    def holds(self, site: SitePoint) -> bool:
        """Whether the site has coordinates and is on this map."""
        if site.longitude is None or site.latitude is None:
            return False
        return self.west <= site.longitude <= self.east and self.south <= site.latitude <= self.north


def frame(sites: Sequence[SitePoint], most: float, *, tallest: float = TALLEST) -> Frame:
    """The frame that holds all these sites, of which each has coordinates."""
    longitudes = [site.longitude for site in sites if site.longitude is not None]
    latitudes = [site.latitude for site in sites if site.latitude is not None]
    west, east = _padded(min(longitudes), max(longitudes))
    south, north = _padded(min(latitudes), max(latitudes))
    stretch = 1 / max(math.cos(math.radians((south + north) / 2)), 0.2)
    # neither a ribbon nor a tower: sites along a line get some country on both sides
    flat, tall = FLATTEST * (east - west) / stretch, (north - south) * stretch / tallest
    up, across = max(flat - (north - south), 0) / 2, max(tall - (east - west), 0) / 2
    south, north, west, east = south - up, north + up, west - across, east + across
    inside = PANEL_PX - MARGIN["l"] - MARGIN["r"]
    places = len({site.name for site in sites})
    square = inside * math.sqrt((north - south) * stretch / (east - west) / places)
    largest = min(max(CROWDED * square, LARGEST_PX[0]), LARGEST_PX[1])
    return Frame(
        west=west, east=east, south=south, north=north, stretch=stretch, most=most, largest_px=round(largest, 1)
    )


def crowd(sites: Sequence[SitePoint], whole: Frame) -> list[SitePoint]:
    """The sites of the part that is worth a map of its own: small, and most of the sites in it; else none."""
    width = (whole.east - whole.west) * CLOSE_UP
    best: list[SitePoint] = []
    for middle in sites:
        x, y = whole.at(middle)
        half = width * whole.px_per_degree / 2
        near = [site for site in sites if all(abs(a - b) <= half for a, b in zip(whole.at(site), (x, y), strict=True))]
        best = max(best, near, key=len)  # the first of equals
    return best if CROWD_SHARE * len(sites) <= len(best) < len(sites) and len(best) >= CROWD_LEAST else []


def _padded(low: float, high: float) -> tuple[float, float]:
    pad = max((high - low) * 0.06, 0.02)  # 0.02 degrees are 2 km: one site alone still has a map around it
    return low - pad, high + pad


def dot_px(site: SitePoint, most: float, largest_px: float) -> float:
    """A dot's width; what its area has above the smallest one grows with the load."""
    return SMALLEST_PX + (largest_px - SMALLEST_PX) * math.sqrt(site.load / most) if most else SMALLEST_PX


def labels(sites: Sequence[SitePoint], shown: Frame) -> dict[str, str]:
    """Names to write and on which side of the dot: the busiest first, where at no width they cover anything."""
    taken = {width: [_dot(site, shown, width) for site in sites] for width in WIDTHS}
    sides: dict[str, str] = {}
    for site in sorted((site for site in sites if site.load > 0), key=lambda site: (-site.load, site.name)):
        for side in SIDES:
            boxes = {width: _label(site, side, shown, width) for width in WIDTHS}
            if all(_is_free(box, taken[width], shown, width) for width, box in boxes.items()):
                for width, box in boxes.items():
                    taken[width].append(box)
                sides[site.name] = side
                break
        if len(sides) == MOST_LABELS:
            break
    return sides


def _dot(site: SitePoint, shown: Frame, width: float) -> _Box:
    (x, y), radius = shown.at(site, width), dot_px(site, shown.most, shown.largest_px) / 2
    return x - radius, y - radius, x + radius, y + radius


def _label(site: SitePoint, side: str, shown: Frame, width: float) -> _Box:
    (x, y), away = shown.at(site, width), dot_px(site, shown.most, shown.largest_px) / 2 + 1
    long = len(written(site)) * LETTER_PX
    left = {"middle right": x + away, "middle left": x - away - long}.get(side, x - long / 2)
    bottom = {"top center": y + away, "bottom center": y - away - LINE_PX}.get(side, y - LINE_PX / 2)
    return left, bottom, left + long, bottom + LINE_PX


def _is_free(box: _Box, taken: Sequence[_Box], shown: Frame, width: float) -> bool:
    scale = shown.px_per_degree * width
    up = scale * shown.stretch
    within = shown.west * scale < box[0] and shown.south * up < box[1]
    within = within and box[2] < shown.east * scale and box[3] < shown.north * up
    return within and not any(_overlap(box, other) for other in taken)


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def written(site: SitePoint) -> str:
    """The name as the map writes it."""
    return cut(site.name, 22)
