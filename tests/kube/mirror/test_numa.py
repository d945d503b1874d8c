"""NUMA zones: joined with their node by name, whichever is told first."""

from __future__ import annotations

from typing import Any

import pytest

from kube.mirror.numa import zones
from policies.errors import ModelError
from policies.model.node import NumaZone
from tests.kube.mirror.contents import Content, a_node, a_pod, make_mirror

GI = 2**30


def a_zone(name: str, *, type_: str = "Node", memory: str | None = None, **cpu: str) -> dict[str, Any]:
    resources: list[dict[str, str]] = [{"name": "cpu", **cpu}, {"name": "example.com/nic", "allocatable": "1"}]
    if memory is not None:
        resources.append({"name": "memory", "allocatable": memory})
    return {"name": name, "type": type_, "resources": resources}


def a_topology(*zones_told: dict[str, Any], node: str = "n1") -> Content:
    return {"metadata": {"name": node}, "zones": list(zones_told)}


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param(
            a_zone("node-0", capacity="8", allocatable="6", available="1", memory="4Gi"),
            NumaZone(cpu_milli=6000, memory_bytes=4 * GI),
            id="allocatable is what pods can get in all; the cluster charges them itself",
        ),
        pytest.param(a_zone("node-0", capacity="8", available="1"), NumaZone(cpu_milli=8000), id="else capacity"),
        pytest.param(a_zone("node-0", available="500m"), NumaZone(cpu_milli=500), id="else what is left"),
    ],
)
def test_amounts_of_a_zone(zone: dict[str, Any], expected: NumaZone) -> None:
    assert zones(a_topology(zone)) == (expected,)


def test_zones_are_those_of_the_node_in_order_of_their_numbers() -> None:
    told = a_topology(
        a_zone("node-10", allocatable="3"),
        a_zone("node-2", allocatable="2"),
        a_zone("socket-0", type_="Socket", allocatable="9"),
    )
    assert [zone.cpu_milli for zone in zones(told)] == [2000, 3000]


@pytest.mark.parametrize("node_first", [True, False])
def test_zones_and_node_meet_whichever_comes_first(node_first: bool) -> None:
    mirror = make_mirror()
    topology = a_topology(a_zone("node-0", allocatable="6"), a_zone("node-1", allocatable="6"))
    if node_first:
        mirror.nodes.put(a_node("n1"))
    mirror.topologies.put(topology)
    mirror.nodes.put(a_node("n1"))
    assert mirror.snapshot().numa_cpu_milli.tolist() == [[6000, 6000]]


def test_aligned_pods_are_charged_to_a_zone_once_whatever_the_exporter_sees_of_them() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1", cpu="12"))
    mirror.topologies.put(a_topology(a_zone("node-0", allocatable="6", available="6")))
    mirror.pods.put(a_pod("p1", node="n1", cpu="4", annotations={"edgeward.dev/topology-aware": "true"}))
    version = mirror.snapshot().version
    told: list[str] = []
    mirror.on_change(told.append)
    mirror.topologies.put(a_topology(a_zone("node-0", allocatable="6", available="2")))
    assert (mirror.snapshot().version, told) == (version, [])
    assert mirror.snapshot().numa_cpu_milli.tolist() == [[2000]]  # 6000 - 4000


@pytest.mark.parametrize("by_list", [True, False])
def test_node_without_topology_any_more_tells_of_no_zones(by_list: bool) -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.topologies.put(a_topology(a_zone("node-0", allocatable="6")))
    assert mirror.snapshot().numa_zones.tolist() == [1]
    if by_list:
        mirror.topologies.begin()
        mirror.topologies.settle()
    else:
        mirror.topologies.drop(a_topology())
    assert mirror.snapshot().numa_zones.tolist() == [0]


def test_topology_that_cannot_be_read_leaves_no_zones_and_says_where() -> None:
    mirror = make_mirror()
    mirror.nodes.put(a_node("n1"))
    mirror.topologies.put(a_topology(a_zone("node-0", allocatable="6")))
    with pytest.raises(ModelError, match=r"noderesourcetopology n1: zones\[0\].resources\[0\].allocatable.cpu: not a"):
        mirror.topologies.put(a_topology(a_zone("node-0", allocatable="6x")))
    assert mirror.snapshot().numa_zones.tolist() == [0]
