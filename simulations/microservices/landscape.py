"""Regions of a few zones of a few nodes, and the round trip between any two nodes.

Regions are cities and have their round trips, the mean of both directions. Below that nobody publishes a matrix: a
round trip takes 0.05 ms on one node, 0.1 ms inside a zone and 0.7 ms between two zones of a region, as in the published
evaluation that the scenario repeats. A zone is a site, so users of a zone are 0.1 ms from its nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from policies.model.latency import LatencyMatrix
from policies.model.node import Node
from policies.model.site import Site
from simulations.errors import InputError
from simulations.workloads.geography import Geography

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SAME_NODE_MS, SAME_ZONE_MS, BETWEEN_ZONES_MS = 0.05, 0.1, 0.7
REGION_LABEL, ZONE_LABEL = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"
POD = {"cpu": 100, "memory": 128 * 2**20}  # all pods are alike: a slot of a node is room for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """`zones` are in order region by region, and so are the nodes; arrays say by their numbers what is where."""

    regions: tuple[Site, ...]
    zones: Geography
    nodes: tuple[Node, ...]
    region_of_zone: Ints
    zone_of_node: Ints
    rtt_ms: Floats  # node × node
    user_rtt_ms: Floats  # zone of the user × node


def landscape(
    cities: Geography, names: Sequence[str], *, zones_per_region: int, nodes_per_zone: int, slots: int
) -> Landscape:
    """The regions of those names, which may be written as `New York` or `new-york`."""
    by_label = {_label(name): name for name in cities.names}
    if len({_label(name) for name in names}) != len(names):
        raise InputError(f"regions: each wants a city of its own, got {', '.join(names)}")
    chosen = cities.only([by_label.get(_label(name), name) for name in names])
    region_of_zone = np.repeat(np.arange(len(names)), zones_per_region)
    zone_of_node = np.repeat(np.arange(len(region_of_zone)), nodes_per_zone)
    sites = tuple(_zone(chosen.sites[region], i % zones_per_region + 1) for i, region in enumerate(region_of_zone))
    p50, p95 = (_between_zones(matrix, region_of_zone) for matrix in (chosen.matrix.p50_ms, chosen.matrix.p95_ms))
    rtt_ms = p50[np.ix_(zone_of_node, zone_of_node)]
    np.fill_diagonal(rtt_ms, SAME_NODE_MS)
    return Landscape(
        regions=chosen.sites,
        zones=Geography(
            sites=sites,
            matrix=LatencyMatrix.of([site.name for site in sites], p50, p95, source=chosen.matrix.sources[0]),
        ),
        nodes=tuple(_node(sites[zone], i % nodes_per_zone + 1, slots) for i, zone in enumerate(zone_of_node.tolist())),
        region_of_zone=region_of_zone,
        zone_of_node=zone_of_node,
        rtt_ms=rtt_ms,
        user_rtt_ms=p50[:, zone_of_node],
    )


def _label(city: str) -> str:
    return city.strip().lower().replace(" ", "-")


def _zone(region: Site, number: int) -> Site:
    label = _label(region.name)
    name = f"{label}-{number:02d}"
    return Site(
        name=name, tier=region.tier, region=label, zone=name, latitude=region.latitude, longitude=region.longitude
    )


def _node(zone: Site, number: int, slots: int) -> Node:
    name = f"{zone.name}-node-{number:02d}"
    return Node(
        name=name,
        allocatable={**{resource: amount * slots for resource, amount in POD.items()}, "pods": slots},
        labels={REGION_LABEL: zone.region, ZONE_LABEL: zone.zone, "kubernetes.io/hostname": name},
        site=zone.name,
    )


def _between_zones(between_regions: Floats, region_of_zone: Ints) -> Floats:
    rtt = ((between_regions + between_regions.T) / 2)[np.ix_(region_of_zone, region_of_zone)]
    rtt[region_of_zone[:, None] == region_of_zone[None, :]] = BETWEEN_ZONES_MS
    np.fill_diagonal(rtt, SAME_ZONE_MS)
    return rtt
