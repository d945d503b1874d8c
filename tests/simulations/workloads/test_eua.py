"""Stations of the EUA file: one site a row, and what is wrong with a file is said with its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulations.errors import InputError
from simulations.workloads.eua import read_stations
from tests.conftest import SHARED, needs_data

HEADER = "SITE_ID,LATITUDE,LONGITUDE,NAME\n"


def written(folder: Path, rows: str) -> Path:
    path = folder / "sites.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    return path


def test_a_row_is_a_site_named_by_its_id(tmp_path: Path) -> None:
    (site,) = read_stations(written(tmp_path, '10003026,-37.81517,144.97476,"Spring, Flinders"\n'), region="VIC")
    assert (site.name, site.latitude, site.longitude, site.region) == ("10003026", -37.81517, 144.97476, "VIC")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,-37.8,144.9,a\n1,-37.8,144.9,b\n", "row 3: SITE_ID '1' was on row 2 already"),
        ("1,-97.8,144.9,a\n", "row 2: site 1: latitude must be from -90 to 90"),
        ("1,,144.9,a\n", "row 2: LATITUDE must be a finite number"),
        ("1,-37.8\n", "row 2: has 2 fields"),
        ("", "empty list of stations"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_stations(written(tmp_path, rows))


@needs_data("eua")
def test_the_file_has_125_stations_in_melbourne() -> None:
    sites = read_stations(SHARED / "data" / "eua" / "edge-servers_site-optus-melbCBD.csv")
    assert len(sites) == 125
    assert all(site.latitude is not None and -37.9 < site.latitude < -37.7 for site in sites)
