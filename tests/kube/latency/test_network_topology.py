from __future__ import annotations

import math
from typing import Any

import pytest

from kube.latency.measurement import STANDING, Measurement
from kube.latency.network_topology import NetworkTopologies, NetworkTopologySettings
from policies.model.site import Site, Sites

SITES = Sites(
    (
        Site(name="z1", region="west"),  # named by its zone's label
        Site(name="pool-2", zone="z2", region="west"),
        Site(name="pool-2b", zone="z2", region="west"),
        Site(name="pool-3", zone="z3", region="east"),
    )
)
ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"


def costs(*entries: tuple[str, str, int], key: str = ZONE) -> dict[str, Any]:
    return {
        "topologyKey": key,
        "originList": [
            {"origin": a, "costList": [{"destination": b, "bandwidthCapacity": "1Gi", "networkCost": cost}]}
            for a, b, cost in entries
        ],
    }


def resource(*topologies: dict[str, Any], name: str = "UserDefined") -> dict[str, Any]:
    return {
        "metadata": {"name": "net"},
        "spec": {"configmapName": "m", "weights": [{"name": name, "topologyList": list(topologies)}]},
    }


def read(content: dict[str, Any], **settings: Any) -> dict[tuple[str, str], Measurement]:
    told = NetworkTopologies(NetworkTopologySettings(**settings)).read({"edge/net": content}, SITES)
    assert told.problems == ()
    return {(each.origin, each.to): each for each in told.measurements}


def test_a_cost_between_zones_is_one_between_all_their_sites() -> None:
    told = read(resource(costs(("z1", "z2", 5))))
    assert set(told) == {("z1", "pool-2"), ("z1", "pool-2b")}
    assert told["z1", "pool-2"].p50_ms == 5.0
    assert told["z1", "pool-2"].at_s == STANDING


def test_zones_are_believed_before_regions_whatever_their_order() -> None:
    told = read(resource(costs(("west", "east", 20), key=REGION), costs(("z1", "z3", 7))))
    assert told["z1", "pool-3"].p50_ms == 7.0
    assert told["pool-2", "pool-3"].p50_ms == 20.0
    assert ("pool-3", "z1") not in told


def test_any_other_key_names_sites() -> None:
    told = read(resource(costs(("pool-2", "pool-2b", 1), ("pool-2", "nowhere", 1), key="apps.openyurt.io/nodepool")))
    assert set(told) == {("pool-2", "pool-2b")}


def test_names_of_the_early_version_are_read_too() -> None:
    early = {
        "spec": {
            "weights": [
                {
                    "costList": [
                        {
                            "topologyKey": ZONE,
                            "originCosts": [{"origin": "z1", "costs": [{"destination": "z3", "networkCost": 9}]}],
                        }
                    ]
                }
            ]
        }
    }
    assert read(early)["z1", "pool-3"].p50_ms == 9.0


@pytest.mark.parametrize(
    ("settings", "p50_ms", "p95_ms"),
    [({}, 5.0, math.nan), ({"ms_per_cost": 0.5}, 2.5, math.nan), ({"costs_are_p95": True}, 5.0, 5.0)],
    ids=["a cost is a millisecond and no tail", "half a millisecond", "a tail when that is said"],
)
def test_the_settings_say_what_a_cost_is(settings: dict[str, Any], p50_ms: float, p95_ms: float) -> None:
    told = read(resource(costs(("z1", "z3", 5))), **settings)["z1", "pool-3"]
    assert (told.p50_ms, told.p95_ms) == pytest.approx((p50_ms, p95_ms), nan_ok=True)


def test_a_cost_left_out_is_zero_as_go_writes_it() -> None:
    content = resource(costs(("z1", "z3", 5)))
    del content["spec"]["weights"][0]["topologyList"][0]["originList"][0]["costList"][0]["networkCost"]
    assert read(content)["z1", "pool-3"].p50_ms == 0.0


def test_measured_weights_come_first_with_their_time() -> None:
    content = resource(costs(("z1", "z3", 5)))
    content["spec"]["weights"] += resource(costs(("z1", "z3", 6)), name="NetperfCosts")["spec"]["weights"]
    content["status"] = {"nodeCount": 3, "weightCalculationTime": "1970-01-01T00:01:00Z"}
    measured = read(content)["z1", "pool-3"]
    assert (measured.p50_ms, measured.at_s) == (6.0, 60.0)
    said = read(content, weights="UserDefined")["z1", "pool-3"]
    assert (said.p50_ms, said.at_s) == (5.0, STANDING)
    assert read(content, weights="Dijkstra") == {}


def test_a_broken_one_keeps_its_last_good_version_and_says_all_that_is_wrong() -> None:
    topologies = NetworkTopologies(NetworkTopologySettings())
    good = topologies.read({"net": resource(costs(("z1", "z3", 5)))}, SITES)
    bad = topologies.read({"net": resource(costs(("z1", "z3", -5), ("", "z1", 3)))}, SITES)
    assert bad.measurements == good.measurements
    assert len(bad.problems) == 2
    assert "networktopology net: spec.weights[0]" in bad.problems[0]
    assert "networkCost must be >= 0, got -5" in bad.problems[0]
    assert topologies.read({}, SITES).measurements == ()


def test_of_two_the_first_by_name_is_believed() -> None:
    both = {"b": resource(costs(("z1", "z3", 5))), "a": resource(costs(("z1", "z3", 6)))}
    (told,) = NetworkTopologies(NetworkTopologySettings()).read(both, SITES).measurements
    assert told.p50_ms == 6.0
