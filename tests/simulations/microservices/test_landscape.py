"""Regions, zones, nodes, and the round trips between them."""

from __future__ import annotations

import pytest

from simulations.errors import InputError
from simulations.microservices.landscape import landscape
from tests.simulations.microservices.worlds import CITIES, tiny


@pytest.mark.parametrize(
    ("to", "rtt_ms"),
    [
        pytest.param(0, 0.05, id="the node itself"),
        pytest.param(1, 0.1, id="the other node of the zone"),
        pytest.param(2, 0.7, id="the other zone of the region"),
        pytest.param(4, 20.0, id="the other region: (24 + 16) / 2"),
    ],
)
def test_round_trip_from_the_first_node(to: int, rtt_ms: float) -> None:
    world = tiny()
    assert world.rtt_ms[0, to] == world.rtt_ms[to, 0] == rtt_ms


def test_users_of_a_zone_are_as_far_as_its_nodes_are_from_each_other() -> None:
    assert tiny().user_rtt_ms[0].tolist() == [0.1, 0.1, 0.7, 0.7, 20.0, 20.0, 20.0, 20.0]


def test_a_zone_is_a_site_and_nodes_bear_the_labels_of_kubernetes() -> None:
    world = tiny()
    assert world.zones.names == ("old-town-01", "old-town-02", "port-01", "port-02")
    node = world.nodes[-1]
    assert (node.name, node.site) == ("port-02-node-02", "port-02")
    assert node.labels["topology.kubernetes.io/region"] == "port"
    assert node.labels["topology.kubernetes.io/zone"] == "port-02"
    assert node.allocatable["pods"] == 11


@pytest.mark.parametrize(
    ("names", "told"),
    [
        pytest.param(["Port", "port"], "regions: each wants a city of its own", id="twice"),
        pytest.param(["Prot"], "unknown site 'Prot'.*did you mean 'Port'", id="mistyped"),
    ],
)
def test_wrong_regions_are_told(names: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        landscape(CITIES, names, zones_per_region=1, nodes_per_zone=1, slots=1)
