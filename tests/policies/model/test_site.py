from __future__ import annotations

import math

import pytest

from policies.errors import ModelError, UnknownName
from policies.model.site import Site, Sites, Tier, distance_km, suggestion


def test_sites_are_numbered_in_name_order_whatever_order_they_come_in() -> None:
    sites = Sites((Site(name="seoul"), Site(name="busan"), Site(name="cloud", tier=Tier.CLOUD)))
    assert sites.names == ("busan", "cloud", "seoul")
    assert [sites.number(name) for name in sites.names] == [0, 1, 2]
    assert sites.is_cloud.tolist() == [False, True, False]
    assert "seoul" in sites
    assert "tokyo" not in sites


def test_naming_a_neighbour_once_makes_both_neighbours() -> None:
    sites = Sites((Site(name="a", neighbors=frozenset({"b", "nowhere"})), Site(name="b"), Site(name="c")))
    assert sites.listed.tolist() == [[False, True, False], [True, False, False], [False, False, False]]


def test_unknown_site_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(UnknownName, match=r"unknown site 'seuol' \(did you mean 'seoul'\?\)"):
        Sites((Site(name="seoul"), Site(name="busan"))).number("seuol")


def test_a_site_listed_twice_is_refused() -> None:
    with pytest.raises(ModelError, match="seoul is listed twice"):
        Sites((Site(name="seoul"), Site(name="seoul")))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "name must not be empty"),
        ({"name": "a", "latitude": 1.0}, "latitude and longitude come together"),
        ({"name": "a", "latitude": 91.0, "longitude": 0.0}, "latitude must be from -90 to 90, got 91.0"),
        ({"name": "a", "latitude": math.nan, "longitude": 0.0}, "latitude must be from -90 to 90, got nan"),
        ({"name": "a", "latitude": 0.0, "longitude": -180.5}, "longitude must be from -180 to 180, got -180.5"),
    ],
)
def test_a_site_that_cannot_be_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Site(**fields)  # type: ignore[arg-type]


def test_distance_is_along_the_great_circle() -> None:
    pole, equator = Site(name="a", latitude=90, longitude=0), Site(name="b", latitude=0, longitude=77)
    assert distance_km(pole, equator) == pytest.approx(math.pi / 2 * 6371)  # a quarter of the circumference
    assert distance_km(pole, pole) == 0
    assert distance_km(pole, Site(name="c")) is None


def test_suggestion_names_what_is_close_else_what_is_known() -> None:
    assert suggestion("LATENCY", ["latency", "hint"]) == " (did you mean 'latency'?)"
    assert suggestion("zzz", ["latency", "hint"]) == " (known: hint, latency)"
    assert suggestion("zzz", []) == ""
