"""A small geography of our own, for scenarios that run without the real data: 24 cities, round trips by distance.

Half of them are European, since a hint's `neighbor` needs sites within a few ms of each other; the others reach around
the world, among them the usual homes of a cloud (Ashburn, Frankfurt, Sydney). Coordinates are rounded to 0.1°.

p50 = access + detour · distance · (1 ms / 100 km): light in fibre goes there and back 100 km in a millisecond, and real
paths are about 1.6 times longer than the great circle. The detour is log-normal with a spread of 15 %, never below
1.05, and the same in both directions; p95 is p50 times 1.1 to 1.5. A pair that is the same city has 0.5 ms.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from policies.model.latency import LatencyMatrix
from policies.model.site import Site, distance_km
from simulations.errors import InputError
from simulations.workloads.geography import Geography

CITIES: tuple[tuple[str, str, float, float], ...] = (
    ("amsterdam", "europe", 52.4, 4.9),
    ("ashburn", "north-america", 39.0, -77.5),
    ("berlin", "europe", 52.5, 13.4),
    ("busan", "asia", 35.2, 129.1),
    ("chicago", "north-america", 41.9, -87.6),
    ("frankfurt", "europe", 50.1, 8.7),
    ("johannesburg", "africa", -26.2, 28.0),
    ("london", "europe", 51.5, -0.1),
    ("madrid", "europe", 40.4, -3.7),
    ("milan", "europe", 45.5, 9.2),
    ("mumbai", "asia", 19.1, 72.9),
    ("munich", "europe", 48.1, 11.6),
    ("new-york", "north-america", 40.7, -74.0),
    ("paris", "europe", 48.9, 2.4),
    ("prague", "europe", 50.1, 14.4),
    ("san-francisco", "north-america", 37.8, -122.4),
    ("sao-paulo", "south-america", -23.6, -46.6),
    ("seoul", "asia", 37.6, 127.0),
    ("singapore", "asia", 1.3, 103.8),
    ("stockholm", "europe", 59.3, 18.1),
    ("sydney", "oceania", -33.9, 151.2),
    ("tokyo", "asia", 35.7, 139.7),
    ("vienna", "europe", 48.2, 16.4),
    ("warsaw", "europe", 52.2, 21.0),
)

_ACCESS_MS = 1.0  # routers at both ends
_MS_PER_KM = 1.0 / 100.0
_DETOUR, _LEAST_DETOUR, _SPREAD = 1.6, 1.05, 0.15
_SAME_SITE_MS = 0.5


def builtin_cities(seed: int = 0, *, cloud: Iterable[str] = ()) -> Geography:
    """The cities in name order; those in *cloud* have the tier cloud, the others edge. Same seed, same bytes."""
    if seed < 0:
        raise InputError(f"seed must be >= 0, got {seed}")
    sites = tuple(Site(name=n, region=r, zone=n, latitude=lat, longitude=lon) for n, r, lat, lon in CITIES)
    rng = np.random.default_rng(seed)
    size = len(sites)
    p50 = np.full((size, size), _SAME_SITE_MS)
    p95 = np.full((size, size), _SAME_SITE_MS)
    for i in range(size):
        for j in range(i + 1, size):
            km = distance_km(sites[i], sites[j]) or 0.0
            detour = max(_LEAST_DETOUR, _DETOUR * rng.lognormal(0.0, _SPREAD))
            p50[i, j] = p50[j, i] = _ACCESS_MS + km * _MS_PER_KM * detour
            p95[i, j] = p95[j, i] = p50[i, j] * rng.uniform(1.1, 1.5)
    names = tuple(site.name for site in sites)
    matrix = LatencyMatrix.of(names, p50, p95, source="distance")
    return Geography(sites=sites, matrix=matrix).with_cloud(cloud)
