"""A tiny world: two regions 20 ms apart, two zones each."""

from __future__ import annotations

from policies.model.latency import LatencyMatrix
from policies.model.site import Site
from simulations.microservices.landscape import Landscape, landscape
from simulations.workloads.geography import Geography

# there 24 ms, back 16 ms: 20 in the mean
CITIES = Geography(
    sites=(Site(name="Old Town"), Site(name="Port")),
    matrix=LatencyMatrix.of(("Old Town", "Port"), [[3.7, 24.0], [16.0, 3.7]]),
)


def tiny(nodes_per_zone: int = 2, slots: int = 11) -> Landscape:
    """Nodes are numbered zone by zone: with 2 a zone 0-3 are in Old Town and 4-7 in Port."""
    return landscape(CITIES, ["old-town", "Port"], zones_per_region=2, nodes_per_zone=nodes_per_zone, slots=slots)
