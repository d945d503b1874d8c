"""Our router: send a request where it is least likely to be late, counting what its slot is worth to others.

For a request of a user at i, each site j costs

    P(round trip + wait + service > what is left of the SLO)  +  price_j(n)

with n the requests that j holds as far as i knows. Service is exponential of known mean 1/mu at c slots, so with k
requests to leave before it starts, k = max(0, n - c + 1), the wait is Erlang(k, c·mu) and the first term has a
closed form.

The price is the loss to come: a request taken in state n makes a later one find the site full with probability B(c,
a) / B(n, a) (B Erlang's loss formula, a the load the site takes), and that one then loses L_j, what requests of j
have lately paid for not being served at once at home. It is the first step of policy improvement on a loss system
(Ott and Krishnan 1992, "Separable routing"), where the parameters are not given but measured on the way: a and L
are averages of the last seconds. So the last free slot of a hot site is dear and a neighbour's idle one is cheap,
at no message more than first-free sends.

The cloud has a price, too, moved up and down until its share of the requests stays below `cloud_share`, but never
above `late_per_cloud`: the share is a wish, and this is what it may cost. A request kept from the cloud adds at most
so much lateness; where the edge cannot hold, for load or for want of news, the share rises instead.

Old news of a site are mixed with a guess, from what the router sent there itself and how crowded the site is on
average (`crowd.py`); the older, the more of the guess.

**Second tries** (`second_after_ms`; off by default): what has not been answered after that time is started once
more on a free slot, never in a queue and never in the cloud, when that saves more lateness than the slot is worth;
the first answer wins and the other copy is stopped, half a round trip later. Both copies hold slots and count as
load. This helps as far as slowness belongs to the replica and the moment (Dean and Barroso 2013, "The tail at
scale"); where it belongs to the request itself, a second try is only load (`traffic.poisson`, `own_time`). Which of
the two it is, the router finds out: of two independent exponential copies the later one wins every second time, of
two equal ones never, so *worth* = 2 · (share of second tries that won). A second try saves worth · (lateness
avoided). Independent copies stop each other after half a service on average, equal ones run for all of it, so it
costs price_j · (1 - worth/2) - price_first · worth/2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulations.requests.crowd import Crowd
from simulations.requests.fleet import REFUSED, Fleet
from simulations.requests.lateness import erlang_b, late_probability

_MEMORY = 0.8  # weight of the past in the averages, a refresh: half of it is three refreshes old
_FIRST_LOSS = 0.03  # L before anything was seen: 98 ms of slack lost by a neighbour's 8 ms is about this much
_ENOUGH = 50  # overflows or second tries in a refresh that make a full observation
_GUESSED_QUEUE = 30  # what is only guessed may be this long: at 4 slots of 40 ms, 300 ms: late for certain
_LEAST_WORTH = 0.02  # a trickle of second tries goes on where slots are for nothing, to notice when they begin to help


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the router is told."""

    slo_ms: float
    access_ms: float
    service_ms: float  # the mean; single services nobody knows
    cloud_share: float = 0.03
    late_per_cloud: float = 0.12  # late requests to add at most for each one that is kept from the cloud
    max_queue: int = 2  # it joins no longer queue than this
    second_after_ms: float | None = None


class Priced:
    """The router over a fleet. It looks at the local site, its neighbours and the cloud."""

    def __init__(self, fleet: Fleet, terms: Terms) -> None:
        self.fleet = fleet
        self.terms = terms
        self.second_after_ms = terms.second_after_ms
        topology = fleet.topology
        edges = topology.edges
        self._slots = np.array(topology.slots[:edges])
        self._limit = int(self._slots.max()) + terms.max_queue  # it joins no site that holds so many
        self._deepest = self._limit if fleet.exact else int(self._slots.max()) + _GUESSED_QUEUE
        self._crowd = Crowd(
            topology.slots[:edges],
            first_load=topology.edge_slots * 0.7 / edges,
            service_ms=terms.service_ms,
            memory=_MEMORY,
        )
        self._loss = np.full(edges, _FIRST_LOSS)
        self._cloud_price = 0.0
        self._overflows, self._overflow_loss = [0] * edges, [0.0] * edges
        self._routed = self._cloud_took = 0
        self._worth = 0.5  # not knowing, half of the slowness is the replicas'
        self._tried = self._won = 0
        self._seen_changes = -1
        self._candidates: list[list[tuple[int, float, list[float]]]] = []  # (site, late at best, late by n)
        self._guess: list[list[list[float]]] = []  # late + price of the same candidates, by step of the crowd there
        self._price: list[list[float]] = []
        self._cloud_late: list[float] = []
        self._prices()

    def choose(self, origin: int, now_ms: float) -> int:
        fleet = self.fleet
        up, held = fleet.up, fleet.held
        limit = self._limit
        cloud = fleet.topology.cloud
        best, chosen = np.inf, REFUSED
        if cloud is not None and up[cloud]:
            best, chosen = self._cloud_late[origin] + self._cloud_price, cloud
        trust = math.exp(-fleet.age_ms(now_ms) / self.terms.service_ms)
        for index, (site, least, late) in enumerate(self._candidates[origin]):
            if least >= best:  # the farther ones cannot be better, whoever is free
                break
            if not up[site]:
                continue
            guessed = trust < 1.0 and site != origin
            count = fleet.last_seen(origin, site) if guessed else held[site]
            if count >= limit and not guessed and chosen != REFUSED:
                continue
            count = min(count, self._deepest - 1)  # no cloud: rather a long queue than none
            cost = late[count] + self._price[site][count]
            if guessed:
                step = self._crowd.step(origin, site, fleet.own[origin][site])
                cost = trust * cost + (1 - trust) * self._guess[origin][index][step]
            if cost < best:
                best, chosen = cost, site
        self._note(origin, chosen, best)
        return chosen

    def _note(self, origin: int, chosen: int, cost: float) -> None:
        """Keep for the next refresh what a decision says about load and loss."""
        fleet = self.fleet
        if fleet.up[origin] and fleet.held[origin] >= fleet.slots[origin]:
            self._overflows[origin] += 1
            self._overflow_loss[origin] += max(0.0, min(cost, 1.0) - self._candidates[origin][0][1])
        self._routed += 1
        if chosen == fleet.topology.cloud:
            self._cloud_took += 1
        elif chosen != REFUSED:
            self._crowd.sent(origin, chosen)

    def second(self, origin: int, first: int, age_ms: float, now_ms: float) -> int:
        fleet, terms, worth = self.fleet, self.terms, self._worth
        left_ms = terms.slo_ms - terms.access_ms - age_ms
        rtt_ms = fleet.rtt_ms[origin]
        first_late = math.exp(-max(left_ms - rtt_ms[first], 0.0) / terms.service_ms)
        freed = 0.0
        if first != fleet.topology.cloud:
            freed = self._price[first][min(fleet.last_seen(origin, first), self._deepest) - 1] * worth / 2
        best, chosen = 0.0, REFUSED
        fresh = fleet.age_ms(now_ms) < terms.service_ms / 2  # a second try on old news joins a queue
        for site, _, _ in self._candidates[origin]:
            if not fresh and site != origin:
                continue
            count = fleet.last_seen(origin, site)
            slack_ms = left_ms - rtt_ms[site]
            if site == first or count >= fleet.slots[site] or not fleet.up[site] or slack_ms <= 0:
                continue
            saved = worth * first_late * (1.0 - math.exp(-slack_ms / terms.service_ms))
            gain = saved + freed - self._price[site][count] * (1 - worth / 2)
            if gain > best:
                best, chosen = gain, site
        if chosen != REFUSED:
            self._crowd.sent(origin, chosen)
        return chosen

    def second_ended(self, *, won: bool) -> None:
        self._tried += 1
        self._won += won

    def refresh(self, elapsed_ms: float) -> None:
        """Average what was seen, and price the slots anew."""
        self._crowd.digest(elapsed_ms)
        overflows = np.array(self._overflows)
        loss = np.array(self._overflow_loss) / np.maximum(overflows, 1)
        told = (1 - _MEMORY) * np.minimum(1.0, overflows / _ENOUGH)
        self._loss = (1 - told) * self._loss + told * loss
        if self._tried:
            weight = (1 - _MEMORY) * min(1.0, self._tried / _ENOUGH)
            seen_worth = min(1.0, max(_LEAST_WORTH, 2 * self._won / self._tried))
            self._worth = (1 - weight) * self._worth + weight * seen_worth
            self._tried = self._won = 0
        if self._routed:
            # in proportion to the miss, a half of it a refresh: settles in some ten refreshes without swinging
            excess = self._cloud_took / self._routed - 0.97 * self.terms.cloud_share
            self._cloud_price = min(self.terms.late_per_cloud, max(0.0, self._cloud_price + 0.5 * excess))
        edges = len(self._overflows)
        self._overflows, self._overflow_loss = [0] * edges, [0.0] * edges
        self._routed = self._cloud_took = 0
        self._prices()

    def _prices(self) -> None:
        top = int(self._slots.max())
        blocked = erlang_b(np.maximum(self._crowd.load, 0.01), top)  # state n, site
        states = np.arange(self._deepest)[:, None]
        full = np.minimum(states, self._slots)
        columns = np.arange(len(self._slots))
        price = self._loss * blocked[self._slots, columns] / blocked[full, columns]
        self._price = price.T.tolist()
        if self._seen_changes != self.fleet.rtt_changes:
            self._seen_changes = self.fleet.rtt_changes
            self._measure()
        if not self.fleet.exact:
            self._guess = [
                [self._crowd.expected(site, np.array(late) + price[:, site]) for site, _, late in rows]
                for rows in self._candidates
            ]

    def _measure(self) -> None:
        """Make anew what depends on round trips alone."""
        topology, terms = self.fleet.topology, self.terms
        slack = terms.slo_ms - terms.access_ms - np.array(self.fleet.rtt_ms)
        states = np.arange(self._deepest)
        self._candidates = []
        for origin, near in enumerate(topology.neighbors):
            sites = sorted((origin, *near), key=lambda site: (self.fleet.rtt_ms[origin][site], site))
            rows = []
            for site in sites:
                ahead = np.maximum(0, states - topology.slots[site] + 1)
                late = late_probability(slack[origin, site], ahead, topology.slots[site], terms.service_ms)
                rows.append((site, float(late[0]), late.tolist()))
            self._candidates.append(rows)
        if topology.cloud is not None:
            self._cloud_late = late_probability(slack[:, topology.cloud], 0, 2, terms.service_ms).tolist()
