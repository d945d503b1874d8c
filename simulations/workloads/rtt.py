"""Readers of round-trip times between sites.

* `read_cities`: a folder like `rtt_222_cities`: `rtt_ms.npz` (arrays avg, max, std, …; row = from) and `sites.csv`.
* `read_matrix`: a CSV of our own, either square (first row and first column are site names, cells are ms) or long
  (`from,to,p50_ms` and, if the tail was measured, `p95_ms`). A pair that the long form leaves out was never measured; a
  cell that is empty, NaN or negative is an error. Where one number is told for a pair, it stands for both p50 and p95.
* `read_sites`: names with tier, region, zone and coordinates, for a matrix or alone.

The 222 cities tell mean, deviation and extremes of a day's pings, not percentiles. We take p50 = avg, and
p95 = avg + 1.645 · std (the normal law's), but not above the day's maximum nor above 2 · avg: a single stalled ping of
30 s among the 720 of a pair puts its std above 1,000 ms, and 98.8 % of the pairs are below that bound without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from policies.errors import PolicyError
from policies.model.latency import LatencyMatrix
from policies.model.site import Site, Tier, suggestion
from simulations.errors import InputError
from simulations.workloads.arrays import read_arrays
from simulations.workloads.geography import Geography
from simulations.workloads.table import Table, read_table

Floats = npt.NDArray[np.float64]

_P95_SIGMAS = 1.645
_WORST_TAIL = 2.0


def read_cities(folder: Path) -> Geography:
    """`rtt_ms.npz` and `sites.csv` of a folder; rows of the matrix are sites in order of `idx`."""
    sites = read_sites(folder / "sites.csv")
    path = folder / "rtt_ms.npz"
    arrays = read_arrays(path, ("avg", "max", "std"))
    told = {name: _checked(path, name, array, sites) for name, array in arrays.items()}
    p50 = told["avg"]
    p95 = np.minimum(p50 + _P95_SIGMAS * told["std"], np.minimum(told["max"], _WORST_TAIL * p50))
    names = [site.name for site in sites]
    return Geography(sites=sites, matrix=LatencyMatrix.of(names, p50, np.maximum(p50, p95), source="pings"))


def read_matrix(path: Path, sites: tuple[Site, ...] = ()) -> Geography:
    """A matrix in either form. With *sites*, all its names must be among them; without, its sites have names alone."""
    table = read_table(path, rows="latency matrix")
    long_form = table.has("from") and table.has("to")
    names, p50, p95 = _from_pairs(table) if long_form else _from_square(table)
    known = {site.name: site for site in sites}
    for name in names:
        if sites and name not in known:
            raise InputError(f"{path}: unknown site {name!r}{suggestion(name, known)}")
    placed = tuple(known.get(name) or Site(name=name) for name in names)
    return Geography(sites=placed, matrix=LatencyMatrix.of(names, p50, p95, source=path.name))


def read_sites(path: Path) -> tuple[Site, ...]:
    """Sites in the order of a column `idx`, which then counts from 0, else of the file.

    Columns: `name` (or `city`) and, where told, `tier`, `region` (or `country`), `zone`, `latitude` and `longitude` (or
    `lat` and `lon`); a site without coordinates leaves both empty.
    """
    table = read_table(path, rows="list of sites")
    names = table.names(table.first_of("name", "city"))
    tiers, regions, zones = (_optional(table, *of) for of in (("tier",), ("region", "country"), ("zone",)))
    latitudes, longitudes = _degrees(table, "latitude", "lat"), _degrees(table, "longitude", "lon")
    sites = []
    for row, name in enumerate(names):
        tier = tiers[row] or Tier.EDGE
        if tier not in tuple(Tier):
            table.fail(row, f"tier must be one of {', '.join(Tier)}, got {tier!r}")
        try:
            site = Site(
                name=name,
                tier=Tier(tier),
                region=regions[row],
                zone=zones[row],
                latitude=latitudes[row],
                longitude=longitudes[row],
            )
        except PolicyError as error:
            table.fail(row, str(error))
        sites.append(site)
    if table.has("idx"):
        index = table.ints("idx", at_least=0)
        if not np.array_equal(np.sort(index), np.arange(len(sites))):
            raise InputError(f"{path}: idx must count the {len(sites)} sites from 0, each once")
        sites = [sites[row] for row in np.argsort(index).tolist()]
    return tuple(sites)


def _from_square(table: Table) -> tuple[list[str], Floats, None]:
    names, columns = table.names(table.header[0]), list(table.header[1:])
    for row, name in enumerate(names):
        if name not in columns:
            table.fail(row, f"site {name!r} is a row but not a column; rows and columns must have the same names")
    for name in columns:
        if name not in names:
            problem = f"site {name!r} is a column but not a row; rows and columns must have the same names"
            raise InputError(f"{table.path}: row 1: {problem}")
    return names, np.column_stack([table.floats(name, at_least=0) for name in names]), None


def _from_pairs(table: Table) -> tuple[list[str], Floats, Floats | None]:
    origins, targets = table.texts("from"), table.texts("to")
    values = [table.floats(table.first_of("p50_ms"), at_least=0)]
    if table.has("p95_ms"):
        values.append(table.floats("p95_ms", at_least=0))
    names = sorted({*origins, *targets})
    number = {name: i for i, name in enumerate(names)}
    matrices = [np.full((len(names), len(names)), np.nan) for _ in values]
    for row, pair in enumerate(zip(origins, targets, strict=True)):
        if not all(pair):
            table.fail(row, "from and to must not be empty")
        at = number[pair[0]], number[pair[1]]
        if not np.isnan(matrices[0][at]):
            table.fail(row, f"from {pair[0]} to {pair[1]} was told on a row above already")
        for matrix, column in zip(matrices, values, strict=True):
            matrix[at] = column[row]
        if values[-1][row] < values[0][row]:
            table.fail(row, f"p95_ms must be >= p50_ms {values[0][row]}, got {values[-1][row]}")
    return names, matrices[0], matrices[1] if len(matrices) > 1 else None


def _checked(path: Path, name: str, array: npt.NDArray[Any], sites: tuple[Site, ...]) -> Floats:
    size = len(sites)
    if array.shape != (size, size) or array.dtype.kind not in "fiu":
        got = f"{array.dtype} of shape {array.shape}"
        raise InputError(f"{path}: {name} must be {size} × {size} numbers for the {size} sites, got {got}")
    values = array.astype(np.float64)
    bad = np.argwhere(~((values >= 0) & np.isfinite(values)))
    if len(bad):
        row, column = bad[0].tolist()
        pair = f"from {sites[row].name} to {sites[column].name}"
        raise InputError(f"{path}: {name}[{row}, {column}] ({pair}) must be >= 0 and finite, got {values[row, column]}")
    return values


def _optional(table: Table, *columns: str) -> list[str]:
    found = next((column for column in columns if table.has(column)), None)
    return table.texts(found) if found else [""] * len(table)


def _degrees(table: Table, *columns: str) -> list[float | None]:
    found = next((column for column in columns if table.has(column)), None)
    if found is None:
        return [None] * len(table)
    return [None if np.isnan(value) else value for value in table.floats(found, empty=np.nan).tolist()]
