"""Sites on the map and the round-trip times between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from policies.errors import PolicyError
from policies.model.latency import LatencyMatrix
from policies.model.site import Site, Sites, Tier
from simulations.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Geography:
    """`sites` are in the order of the matrix, which need not be that of their names."""

    sites: tuple[Site, ...]
    matrix: LatencyMatrix

    def __post_init__(self) -> None:
        if tuple(site.name for site in self.sites) != self.matrix.sites:
            raise InputError("geography: the sites and the latency matrix must have the same names in the same order")

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order of the matrix."""
        return self.matrix.sites

    def number(self, name: str) -> int:
        """Row of the site called *name*; InputError with a suggestion when there is none."""
        try:
            Sites(self.sites).number(name)
        except PolicyError as error:
            raise InputError(str(error)) from error
        return self.matrix.sites.index(name)

    def only(self, names: Iterable[str]) -> Geography:
        """The part with these sites, in the order given."""
        rows = [self.number(name) for name in names]
        block = [[row] for row in rows]  # broadcasts against rows: all pairs
        matrix = LatencyMatrix(
            sites=tuple(self.names[row] for row in rows),
            p50_ms=self.matrix.p50_ms[block, rows],
            p95_ms=self.matrix.p95_ms[block, rows],
            measured_at_s=self.matrix.measured_at_s[block, rows],
            source=self.matrix.source[block, rows],
            sources=self.matrix.sources,
        )
        return Geography(sites=tuple(self.sites[row] for row in rows), matrix=matrix)

    def with_cloud(self, names: Iterable[str]) -> Geography:
        """The same with exactly these sites as the cloud, all others as edge."""
        cloud = {self.number(name) for name in names}
        tiers = [Tier.CLOUD if i in cloud else Tier.EDGE for i in range(len(self.sites))]
        sites = tuple(replace(site, tier=tier) for site, tier in zip(self.sites, tiers, strict=True))
        return Geography(sites=sites, matrix=self.matrix)
