from __future__ import annotations

import pytest

from policies.model.demand import Demand
from policies.model.relation import NEIGHBOR_RADIUS_MS, Relation, relations
from policies.model.site import Site, Sites
from tests.builders import make_latency, make_sites

SITES = make_sites("busan", "jeju", "seoul", cloud=["aws"])  # in name order: aws, busan, jeju, seoul
NEAR = {("seoul", "busan"): NEIGHBOR_RADIUS_MS, ("seoul", "jeju"): NEIGHBOR_RADIUS_MS + 0.1, ("seoul", "aws"): 1.0}


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("seoul", "CLOUD NEIGHBOR FAR LOCAL"),
        ("busan", "CLOUD LOCAL FAR NEIGHBOR"),
        ("aws", "LOCAL FAR FAR NEIGHBOR"),
        ("seoul=0.9,jeju=0.1", "CLOUD NEIGHBOR LOCAL LOCAL"),
        ("seoul=1,jeju=0", "CLOUD NEIGHBOR FAR LOCAL"),
        ("atlantis", "CLOUD FAR FAR FAR"),
        ("", "CLOUD FAR FAR FAR"),
    ],
    ids=[
        "the radius is within, a cloud is a cloud however near",
        "both ways",
        "users in the cloud are local there",
        "local to a tenth of the users is local",
        "no users, no relation",
        "an unknown origin is near nothing",
        "without an origin there is only the cloud",
    ],
)
def test_relation_of_each_site(origin: str, expected: str) -> None:
    latency = make_latency(SITES.names, NEAR).at(SITES)
    found = relations(SITES, latency, Demand.parse(origin) if origin else None)
    assert " ".join(Relation(value).name for value in found) == expected


def test_a_listed_neighbour_is_one_whatever_the_latency_says() -> None:
    sites = Sites((Site(name="a", neighbors=frozenset({"b"})), Site(name="b"), Site(name="c")))
    latency = make_latency(("a", "b", "c"), {("a", "b"): 500.0, ("a", "c"): 500.0}).at(sites)
    assert relations(sites, latency, Demand.parse("b")).tolist() == [Relation.NEIGHBOR, Relation.LOCAL, Relation.FAR]


def test_the_way_from_the_users_counts_not_the_way_back() -> None:
    sites = make_sites("a", "b")
    latency = make_latency(("a", "b"), {("a", "b"): 1.0, ("b", "a"): 100.0}).at(sites)
    assert relations(sites, latency, Demand.parse("a")).tolist() == [Relation.LOCAL, Relation.NEIGHBOR]
    assert relations(sites, latency, Demand.parse("b")).tolist() == [Relation.FAR, Relation.LOCAL]
