"""Where requests come from and go: edge sites and a cloud as `policies.model` knows them, from each source of data.

What the published evaluation leaves open was chosen so that its baselines come out (see kinds/requests.py):

* the **78 European cities**: all of the measured ones in the countries of `EUROPE`, which are 77, and St
  Petersburg. With them the median round trip to New York is 94.6 ms and to Frankfurt 20.1 ms, the figures that it
  names for its two clouds;
* a pair's time is the day's average ping from the users' city, and nothing to a city's own site;
* the **cloud** is one more site in a city of the matrix: users of that city pay its time to itself;
* **Melbourne**: all stations of the EUA file, round trips by distance (1.0 to 1.1 ms), the same time to the cloud
  for all; without the file, made-up stations as dense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from policies.model.latency import LatencyMatrix
from policies.model.site import Site, Sites, Tier, suggestion
from simulations.errors import InputError
from simulations.workloads.eua import read_stations
from simulations.workloads.geography import Geography

Floats = npt.NDArray[np.float64]

CLOUD = "cloud"  # its site; no city is called so

EUROPE = (
    "Albania", "Austria", "Belgium", "Bulgaria", "Croatia", "Cyprus", "Czech Republic", "Denmark", "Estonia",
    "Finland", "France", "Germany", "Greece", "Hungary", "Iceland", "Ireland", "Isle of Man", "Italy", "Kosovo",
    "Latvia", "Luxembourg", "Malta", "Netherlands", "Norway", "Poland", "Portugal", "Serbia", "Slovakia",
    "Slovenia", "Spain", "Sweden", "Switzerland", "Ukraine", "United Kingdom", "europe",
)  # the last one is what the built-in cities call theirs  # fmt: skip
EUROPE_TOO = ("St Petersburg",)  # cities whose country is not as a whole in Europe


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Sites in name order, and what was measured between them."""

    sites: Sites
    matrix: LatencyMatrix


def european(geography: Geography) -> list[str]:
    """Names of the European cities; an error when there is none."""
    names = [site.name for site in geography.sites if site.region in EUROPE or site.name in EUROPE_TOO]
    if not names:
        raise InputError("sites: none of the cities is European; name them in settings.sites")
    return names


def cities(
    geography: Geography, names: Sequence[str], *, cloud_city: str | None = None, cloud_rtt_ms: float | None = None
) -> Places:
    """Edge sites in the cities of these names, with the cloud in a city of the geography or *cloud_rtt_ms* from all.

    `New York` is found where it is called `new-york`, so that a scenario fits measured and built-in cities.
    """
    rows = [_row(geography, name, setting=f"sites[{index}]") for index, name in enumerate(names)]
    if len(set(rows)) != len(rows):
        raise InputError(f"settings.sites: a city is named twice in {', '.join(names)}")
    p50_ms = geography.matrix.p50_ms
    edges = [geography.sites[row] for row in rows]
    block = p50_ms[np.ix_(rows, rows)]
    if cloud_city is None:
        return _with_cloud(edges, block, _alike(cloud_rtt_ms, len(rows)))
    cloud = _row(geography, cloud_city, setting="cloud.city")
    return _with_cloud(edges, block, (p50_ms[rows, cloud], p50_ms[cloud, rows]), geography.sites[cloud])


def stations(path: Path, cloud_rtt_ms: float | None) -> Places:
    """Edge sites at the stations of an EUA file."""
    edges = read_stations(path)
    return _with_cloud(edges, np.full((len(edges), len(edges)), np.nan), _alike(cloud_rtt_ms, len(edges)))


def metro(cloud_rtt_ms: float | None, *, sites: int = 60, seed: int = 0) -> Places:
    """Stations of a made-up city: points in a square of 3 km, as dense as the EUA file."""
    offsets = np.random.default_rng(seed).uniform(-0.0135, 0.0135, (sites, 2))  # degrees: 0.027 are 3 km
    edges = [
        Site(name=f"station-{number:02}", latitude=float(north), longitude=float(east))
        for number, (north, east) in enumerate(offsets)
    ]
    return _with_cloud(edges, np.full((sites, sites), np.nan), _alike(cloud_rtt_ms, sites))


def _row(geography: Geography, name: str, *, setting: str) -> int:
    names = {_plain(known): row for row, known in enumerate(geography.names)}
    if _plain(name) in names:
        return names[_plain(name)]
    raise InputError(f"settings.{setting}: unknown site {name!r}{suggestion(name, geography.names)}")


def _plain(name: str) -> str:
    return name.lower().replace(" ", "-")


def _alike(rtt_ms: float | None, sites: int) -> tuple[Floats, Floats] | None:
    return None if rtt_ms is None else (np.full(sites, rtt_ms), np.full(sites, rtt_ms))


def _with_cloud(
    edges: Sequence[Site], block: Floats, cloud_ms: tuple[Floats, Floats] | None, city: Site | None = None
) -> Places:
    """Edge sites and, where `cloud_ms` tells the times to it and from it, the cloud."""
    sites = [Site(name=s.name, region=s.region, latitude=s.latitude, longitude=s.longitude) for s in edges]
    if cloud_ms is not None:
        there, back = cloud_ms
        block = np.block([[block, there[:, None]], [back[None, :], np.zeros((1, 1))]])
        latitude, longitude = (city.latitude, city.longitude) if city is not None else (None, None)
        sites.append(Site(name=CLOUD, tier=Tier.CLOUD, latitude=latitude, longitude=longitude))
    matrix = LatencyMatrix.of([site.name for site in sites], block)
    return Places(sites=Sites(tuple(sites)), matrix=matrix)
