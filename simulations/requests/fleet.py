"""The sites that answer requests: what is fixed about them, and what a router may see of them.

Sites are numbered as `policies.model` numbers them: edge sites in name order, and the cloud, when there is one, last.
Who is a neighbour of whom, and in which order they are tried, comes from the same relation and latency code that places
pods, so a simulated router and a placed replica agree on what "near" means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from policies.model.demand import Demand
from policies.model.latency import LatencyMatrix
from policies.model.relation import Relation, relations
from policies.model.site import Sites, Tier
from simulations.errors import InputError

Floats = npt.NDArray[np.float64]

REFUSED = -1  # instead of a site's number: nobody takes the request


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Edge sites 0 … edges-1, then the cloud. `rtt_ms[origin, site]` is what a user of `origin` pays for that site."""

    names: tuple[str, ...]
    edges: int
    slots: tuple[int, ...]
    rtt_ms: Floats
    neighbors: tuple[tuple[int, ...], ...]  # nearest first, without the site itself
    weights: Floats  # share of all requests that comes from each edge site

    def __post_init__(self) -> None:
        total = len(self.names)
        if self.edges < 1 or total - self.edges not in {0, 1}:
            raise InputError(f"sites: wants one edge site or more and at most one cloud, got {self.edges} of {total}")
        if self.rtt_ms.shape != (self.edges, total) or not (np.isfinite(self.rtt_ms) & (self.rtt_ms >= 0)).all():
            raise InputError(f"rtt_ms: wants {self.edges} × {total} finite round trips >= 0")
        if len(self.slots) != total or min(self.slots) < 1:
            raise InputError(f"slots: wants one number >= 1 a site ({total}), got {self.slots}")
        if len(self.neighbors) != self.edges:
            raise InputError(f"neighbors: wants one list for each of {self.edges} sites, got {len(self.neighbors)}")
        weights = np.asarray(self.weights, dtype=np.float64)
        if weights.shape != (self.edges,) or not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
            raise InputError(f"weights: wants {self.edges} finite numbers >= 0 that do not sum to zero")
        object.__setattr__(self, "weights", weights / weights.sum())

    @property
    def cloud(self) -> int | None:
        """The number of the cloud."""
        return self.edges if len(self.names) > self.edges else None

    @property
    def edge_slots(self) -> int:
        """How many requests all edge sites can serve at once."""
        return sum(self.slots[: self.edges])

    def weighted(self, weights: Floats) -> Topology:
        """The same sites with other users."""
        return replace(self, weights=weights)


def topology(
    sites: Sites,
    latency: LatencyMatrix,
    *,
    slots_per_site: int,
    cloud_slots: int,
    neighbors: int,
    radius_ms: float,
) -> Topology:
    """Edge sites and at most one cloud site, with the *neighbors* nearest neighbours of each within *radius_ms*.

    A site's own users pay no round trip: the way to their own site is the access delay.
    """
    believed = latency.at(sites)
    edges = [number for number, site in enumerate(sites) if site.tier is Tier.EDGE]
    clouds = [number for number, site in enumerate(sites) if site.tier is Tier.CLOUD]
    order = edges + clouds
    place = {number: index for index, number in enumerate(order)}
    rtt_ms = believed.p50_ms[np.ix_(edges, order)].copy()
    np.fill_diagonal(rtt_ms, 0.0)
    near = []
    for index, number in enumerate(edges):
        relation = relations(sites, believed, Demand(((sites[number].name, 1.0),)), radius_ms=radius_ms)
        around = [place[int(other)] for other in np.flatnonzero(relation == Relation.NEIGHBOR)]
        around.sort(key=lambda other: (rtt_ms[index, other], other))
        near.append(tuple(around[:neighbors]))
    return Topology(
        names=tuple(sites[number].name for number in order),
        edges=len(edges),
        slots=(slots_per_site,) * len(edges) + (cloud_slots,) * len(clouds),
        rtt_ms=rtt_ms,
        neighbors=tuple(near),
        weights=np.ones(len(edges)),
    )


class Fleet:
    """What changes: how many requests each site holds, which sites are up, the round trips of now.

    A router at a site knows its own site exactly. Of the others it knows what they last reported and what it has
    itself sent them, before and since; when *exact* it knows them as they are, slots of requests on their way included.
    """

    __slots__ = (
        "_reported",
        "_reported_at_ms",
        "_reported_own",
        "_sent",
        "held",
        "own",
        "rtt_changes",
        "rtt_ms",
        "slots",
        "topology",
        "up",
    )

    def __init__(self, topology: Topology, *, exact: bool) -> None:
        self.topology = topology
        self.slots = list(topology.slots)
        self.held = [0] * len(topology.names)  # in service and waiting
        self.up = [True] * len(topology.names)
        self.rtt_ms: list[list[float]] = topology.rtt_ms.tolist()
        self.rtt_changes = 0  # how often rtt_ms was replaced: who keeps sums of it makes them anew
        self._reported: list[int] | None = None if exact else list(self.held)
        self._reported_at_ms = 0.0
        self._sent: dict[tuple[int, int], int] = {}
        self.own = [[0] * len(topology.names) for _ in range(topology.edges)]  # held by whose users: origin, site
        self._reported_own = [list(row) for row in self.own]

    @property
    def exact(self) -> bool:
        """Whether every router knows every site as it is now."""
        return self._reported is None

    def known(self, origin: int, site: int) -> int:
        """How many requests *site* holds, as far as a router at *origin* knows that only counts what it sends."""
        if self._reported is None or origin == site:
            return self.held[site]
        return self._reported[site] + self._sent.get((origin, site), 0)

    def last_seen(self, origin: int, site: int) -> int:
        """How many requests *site* holds if only those of *origin* have come and gone since the report.

        These its router counts exactly: it has sent them, and their answers pass it.
        """
        if self._reported is None or origin == site:
            return self.held[site]
        return self._reported[site] - self._reported_own[origin][site] + self.own[origin][site]

    def age_ms(self, now_ms: float) -> float:
        """How old what is known of other sites is."""
        return 0.0 if self._reported is None else now_ms - self._reported_at_ms

    def sent(self, origin: int, site: int) -> None:
        """The router at *origin* has sent a request to *site*, and remembers it until the next report."""
        self.own[origin][site] += 1
        if self._reported is not None and origin != site:
            self._sent[origin, site] = self._sent.get((origin, site), 0) + 1

    def ended(self, origin: int, site: int) -> None:
        """A request of *origin* at *site* is answered, stopped or lost."""
        self.own[origin][site] -= 1

    def report(self, now_ms: float) -> None:
        """All sites tell all routers how they are."""
        if self._reported is not None:
            self._reported = list(self.held)
            self._reported_own = [list(row) for row in self.own]
            self._reported_at_ms = now_ms
            self._sent.clear()

    def set_rtt(self, rtt_ms: Floats) -> None:
        """From now on these are the round trips."""
        self.rtt_ms = rtt_ms.tolist()
        self.rtt_changes += 1
