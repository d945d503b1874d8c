"""Where round trips come from, as configuration files say it."""

from __future__ import annotations

from pydantic import field_validator

from kube.latency.network_topology import NetworkTopologySettings
from kube.latency.prometheus import LatencyQueries
from kube.program.settings import Part, Positive
from policies.model.latency import FRESH_S, HALF_LIFE_S


class LatencySources(Part):
    """Where round trips between sites come from. Several may be used: the newest fresh measurement of a pair counts."""

    config_map: bool = True
    """Read ConfigMaps with label edgeward.dev/config=latency in our namespace."""
    network_topology: NetworkTopologySettings | None = None
    """Read NetworkTopology resources (networktopology.diktyo.x-k8s.io); {} does with the defaults."""
    queries: tuple[LatencyQueries, ...] = ()
    """Ask Prometheus, where our prober's or anybody's measurements are; one entry for each Prometheus."""
    fresh_s: Positive = FRESH_S
    """How long a measurement counts as it is, and may pass a hard limit."""
    half_life_s: Positive = HALF_LIFE_S
    """Older than that, half of it gives way to what topology suggests in each such time."""

    @field_validator("queries")
    @classmethod
    def _have_own_names(cls, queries: tuple[LatencyQueries, ...]) -> tuple[LatencyQueries, ...]:
        names = [each.name for each in queries]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two of the queries have the same name {twice!r}")
        return queries
