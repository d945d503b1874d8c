"""Reader of the EUA data set's base stations: edge sites within one city (Lai et al., ICSOC 2018).

A CSV with at least `SITE_ID`, `LATITUDE`, `LONGITUDE` (degrees, WGS84) and `NAME`. Two antennas at one address are
two sites. Stations are next door to each other, so nobody has measured round trips between them: what topology
suggests for the distance is all there is, about 1 ms.
"""

from __future__ import annotations

from pathlib import Path

from policies.errors import PolicyError
from policies.model.site import Site
from simulations.workloads.table import read_table


def read_stations(path: Path, *, region: str = "") -> tuple[Site, ...]:
    """One edge site a row, named by its SITE_ID, in the order of the file."""
    table = read_table(path, ("SITE_ID", "LATITUDE", "LONGITUDE"), rows="list of stations")
    latitudes, longitudes = table.floats("LATITUDE"), table.floats("LONGITUDE")
    sites = []
    for row, name in enumerate(table.names("SITE_ID")):
        try:
            site = Site(name=name, region=region, latitude=float(latitudes[row]), longitude=float(longitudes[row]))
        except PolicyError as error:
            table.fail(row, str(error))
        sites.append(site)
    return tuple(sites)
