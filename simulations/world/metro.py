"""Several edge sites in every city: a metro, in which next door is a few milliseconds away.

Cities are too far apart to be neighbours of each other; what an operator has is a handful of sites in each. Round
trips inside a metro are one to five milliseconds; between metros they are the cities', plus what the way to the site
adds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from policies.model.latency import LatencyMatrix
from policies.model.site import Tier
from simulations.errors import InputError
from simulations.workloads.geography import Geography

_INSIDE_MS = (1.0, 5.0)
_SAME_SITE_MS = 0.5
_TAIL = 1.3  # p95 / p50 inside a metro
_SPREAD_DEGREES = 0.35  # for the map only: a metro's sites side by side


def metros(cities: Geography, sites_per_city: int, rng: np.random.Generator) -> Geography:
    """Each edge city becomes *sites_per_city* sites `<city>-<n>`; cloud cities stay as they are."""
    if sites_per_city < 1:
        raise InputError(f"sites_per_city must be >= 1, got {sites_per_city}")
    sites, city = [], []
    for number, site in enumerate(cities.sites):
        if site.tier is Tier.CLOUD or sites_per_city == 1:
            sites.append(site)
            city.append(number)
            continue
        for copy in range(sites_per_city):
            turn = 2 * np.pi * copy / sites_per_city
            latitude, longitude = site.latitude, site.longitude
            if latitude is not None and longitude is not None:
                latitude = float(np.clip(latitude + _SPREAD_DEGREES * np.sin(turn), -90, 90))
                longitude = float(np.clip(longitude + _SPREAD_DEGREES * np.cos(turn), -180, 180))
            name = f"{site.name}-{copy + 1}"
            sites.append(replace(site, name=name, zone=name, latitude=latitude, longitude=longitude))
            city.append(number)
    of = np.array(city)
    size = len(of)
    extra = np.triu(rng.uniform(*_INSIDE_MS, size=(size, size)), 1)
    extra = extra + extra.T
    same_city = of[:, None] == of[None, :]
    p50 = np.where(same_city, extra, cities.matrix.p50_ms[np.ix_(of, of)] + extra / 2)
    p95 = np.where(same_city, extra * _TAIL, cities.matrix.p95_ms[np.ix_(of, of)] + extra / 2)
    np.fill_diagonal(p50, _SAME_SITE_MS)
    np.fill_diagonal(p95, _SAME_SITE_MS * _TAIL)
    matrix = LatencyMatrix.of([site.name for site in sites], p50, p95, source=cities.matrix.sources[0])
    return Geography(sites=tuple(sites), matrix=matrix)
