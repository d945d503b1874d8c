"""Who else is at a site: its load, learned from what was sent there, and what that makes of news that are old.

What a site reported t ago counts exp(-t·mu), because a slot forgets with its service. The rest of the weight is a
guess in two parts. A router's own requests at the site it counts exactly, at once: it has sent them and their answers
pass it. Everybody else's are the site's load less the router's own part of it. The site is then taken for an M/M/c
queue of that sum. So a router that fills a neighbour sees it fill with no report, and spreads by itself: on the
scenarios, noise on top of this against herds of routers (choice at random among near equals) made nothing better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulations.requests.lateness import Floats, occupancy_law

_STEPS = 16  # of a slot's load, between guesses that are tabled
_TWICE = 2.0  # load over slots, from which on a site is as good as stuck


class Crowd:
    """Loads in Erlang, averaged over the last refreshes; *memory* is the weight of the past in each."""

    def __init__(self, slots: Sequence[int], *, first_load: float, service_ms: float, memory: float) -> None:
        edges = len(slots)
        self._slots = slots
        self._service_ms = service_ms
        self._memory = memory
        self.load = np.minimum(first_load, np.array(slots, dtype=np.float64))
        self._own_load = np.diag(self.load)  # origin, site
        self._sent = [[0] * edges for _ in range(edges)]
        self._laws: dict[tuple[int, int], Floats] = {}
        self.others: list[list[float]] = []  # of an origin's, at a site: what is not its own
        self._digested()

    def sent(self, origin: int, site: int) -> None:
        """A request of *origin* was sent to *site*."""
        self._sent[origin][site] += 1

    def digest(self, elapsed_ms: float) -> None:
        """Average in what was sent in the last *elapsed_ms*."""
        seen = np.array(self._sent) * self._service_ms / elapsed_ms
        self._own_load = self._memory * self._own_load + (1 - self._memory) * seen
        self.load = self._own_load.sum(axis=0)
        self._sent = [[0] * len(row) for row in self._sent]
        self._digested()

    def _digested(self) -> None:
        self.others = np.maximum(0.0, self.load - self._own_load).tolist()

    def step(self, origin: int, site: int, own: int) -> int:
        """Where in `expected` to look for *site* when *own* requests of *origin* are there."""
        per_slot = (own + self.others[origin][site]) / self._slots[site]
        return int(min(per_slot, _TWICE) * _STEPS + 0.5)

    def expected(self, site: int, cost: Floats) -> list[float]:
        """The mean of *cost* (by number held) at *site*, for each step of its load."""
        slots = self._slots[site]
        key = (slots, len(cost))
        if key not in self._laws:
            load = np.arange(int(_TWICE * _STEPS) + 1) * slots / _STEPS
            self._laws[key] = occupancy_law(load, slots, len(cost))
        means: list[float] = (cost @ self._laws[key]).tolist()
        return means
