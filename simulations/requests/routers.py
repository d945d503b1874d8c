"""Who sends a request where: the contract of a router, and the ones to compare with.

A router is asked at the users' site at the moment of arrival. It does not know how long a service will take, only the
mean; what it knows of other sites is in `fleet.Fleet`. It answers a site's number or `REFUSED`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from simulations.requests.fleet import REFUSED, Fleet

_BLOCK = 4096  # numpy draws a thousand numbers in the time of ten single ones


class Router(Protocol):
    """Chooses a site for each request."""

    second_after_ms: float | None  # when to ask `second` about a request not yet answered; None = never

    def choose(self, origin: int, now_ms: float) -> int:
        """The site that shall serve a request of a user at *origin*."""

    def second(self, origin: int, first: int, age_ms: float, now_ms: float) -> int:
        """Another site that shall try, too, what *first* has not answered for *age_ms*; REFUSED to leave it alone."""

    def second_ended(self, *, won: bool) -> None:
        """A request that was tried twice has its first answer; *won* when it is the second try's."""

    def refresh(self, elapsed_ms: float) -> None:
        """Called at regular times: the moment to digest what was seen in the last *elapsed_ms*."""


class _Single:
    """A router that tries once and learns nothing."""

    second_after_ms: float | None = None

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def second(self, origin: int, first: int, age_ms: float, now_ms: float) -> int:
        return REFUSED

    def second_ended(self, *, won: bool) -> None:
        pass

    def refresh(self, elapsed_ms: float) -> None:
        pass


class RandomSpread(_Single):
    """Any edge site that is up, all alike: what a Service does that spans all sites and knows none."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        super().__init__(fleet)
        self._dice = np.random.default_rng((seed, 100))
        self._drawn: list[float] = []

    def choose(self, origin: int, now_ms: float) -> int:
        if not self._drawn:
            self._drawn = self._dice.random(_BLOCK).tolist()
        edges = self.fleet.topology.edges
        up = self.fleet.up
        number = self._drawn.pop()
        site = int(number * edges)
        if up[site]:
            return site
        alive = [edge for edge in range(edges) if up[edge]]
        return alive[int(number * len(alive))] if alive else _cloud_or_none(self.fleet)


class FirstFree(_Single):
    """The local site when it has a free slot, else the first neighbour that has one, else the cloud.

    Without a cloud, whoever of the local site and its neighbours has the shortest queue.
    """

    def __init__(self, fleet: Fleet, *, neighbors: bool) -> None:
        super().__init__(fleet)
        near = fleet.topology.neighbors if neighbors else [()] * fleet.topology.edges
        self._asked = tuple((origin, *others) for origin, others in enumerate(near))

    def choose(self, origin: int, now_ms: float) -> int:
        fleet = self.fleet
        slots, up = fleet.slots, fleet.up
        asked = self._asked[origin]
        for site in asked:
            if fleet.known(origin, site) < slots[site] and up[site]:
                return site
        cloud = _cloud_or_none(fleet)
        if cloud != REFUSED:
            return cloud
        alive = [site for site in asked if up[site]]
        return min(alive, key=lambda site: fleet.known(origin, site)) if alive else REFUSED


def _cloud_or_none(fleet: Fleet) -> int:
    cloud = fleet.topology.cloud
    return cloud if cloud is not None and fleet.up[cloud] else REFUSED
