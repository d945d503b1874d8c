"""Requests in motion: from arrival over a slot, or a queue for one, to the answer.

A request takes its place at the chosen site when it is routed; what the way costs is in its response: access delay
+ round trip + time from arrival to the end of service. Queues are first come, first served.

Two clocks would be one too many: everything rare (reports, failures, latency changes) is an event of the kernel,
while the millions of arrivals and departures go through the loop below, which lets the kernel run whatever is due
before the next of them. That loop keeps bare tuples in a heap and columns in lists: no object and no closure is
made for a request.

Accounts are kept by law: arrived = answered + refused + in flight, at every moment.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt

from simulations.kernel import Kernel
from simulations.requests.fleet import REFUSED, Fleet
from simulations.requests.routers import Router
from simulations.requests.traffic import Traffic

_WAITS, _RUNS, _OVER = 0, 1, 2  # what a copy of a request is doing
_DEPART, _SECOND, _CANCEL = 0, 1, 2  # what an entry of the heap is about: key = copy × 4 + this
_UNKNOWN = -2  # not yet answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One entry a request that arrived, in order of arrival, and the totals."""

    origin: npt.NDArray[np.intp]
    served_by: npt.NDArray[np.intp]  # site of the first answer; REFUSED, or -2 while in flight
    response_ms: npt.NDArray[np.float64]  # NaN where there was no answer
    rerouted: int  # sent anew because their site failed
    seconds: int  # second tries started
    busy_ms: tuple[float, ...]  # slot time used at each site, second tries and lost work included
    ended_ms: float

    @property
    def arrived(self) -> int:
        """All requests so far."""
        return len(self.served_by)

    @property
    def answered(self) -> int:
        """Requests with an answer."""
        return int(np.count_nonzero(self.served_by >= 0))

    @property
    def refused(self) -> int:
        """Requests that nobody took."""
        return int(np.count_nonzero(self.served_by == REFUSED))

    @property
    def in_flight(self) -> int:
        """Requests that wait or are being served."""
        return int(np.count_nonzero(self.served_by == _UNKNOWN))


class Flow:
    """Traffic through a fleet under a router. Schedule what shall happen on `kernel` and call `run` once."""

    def __init__(self, fleet: Fleet, router: Router, traffic: Traffic, kernel: Kernel, *, access_ms: float) -> None:
        self.fleet = fleet
        self.kernel = kernel
        self._router = router
        self._traffic = traffic
        self._access_ms = access_ms
        count, sites = len(traffic), len(fleet.slots)
        self._arrived_ms: list[float] = traffic.arrived_ms.tolist()
        self._origin: list[int] = traffic.origin.tolist()
        self._service_ms: list[float] = traffic.service_ms.tolist()
        self._second_ms: list[float] = traffic.second_ms.tolist()
        self._served_by = [_UNKNOWN] * count
        self._response_ms = [math.nan] * count
        # Copies: number k < count is request k's first; more are appended by second tries and after failures.
        self._request = list(range(count))
        self._state = bytearray(count)
        self._site = [REFUSED] * count
        self._started_ms = [0.0] * count
        self._copies: dict[int, list[int]] = {}  # request -> its copies, where there is more than the first
        self._heap: list[tuple[float, int]] = []
        self._busy = [0] * sites
        self._queue: list[deque[int]] = [deque() for _ in range(sites)]
        self._busy_ms = [0.0] * sites
        self._now_ms = 0.0
        self.rerouted = 0
        self.seconds = 0

    def run(self, until_ms: float = math.inf) -> Outcome:
        """Let all requests arrive that do so by *until_ms*; without it, wait for the last answer, too."""
        world_ms = self.kernel.peek_s() * 1000
        heap, arrived = self._heap, 0
        for copy, now_ms in enumerate(self._arrived_ms):
            if now_ms > until_ms:
                break
            if world_ms <= now_ms or (heap and heap[0][0] <= now_ms):
                world_ms = self._advance(now_ms)
            self._now_ms = now_ms
            self._route(copy)
            arrived += 1
        if until_ms < math.inf:
            self._advance(until_ms)
            self._now_ms = until_ms
        else:
            while heap:
                self._advance(heap[0][0])
        return self._outcome(arrived)

    def fail(self, site: int) -> None:
        """The site goes down: who is there loses what was done and is routed anew, oldest first."""
        fleet = self.fleet
        if not fleet.up[site]:
            return
        fleet.up[site] = False
        lost = [key >> 2 for _, key in self._heap if key & 3 == _DEPART and self._runs_at(key >> 2, site)]
        lost += [copy for copy in self._queue[site] if self._state[copy] == _WAITS]
        self._now_ms = max(self._now_ms, self.kernel.now_s * 1000)
        for copy in lost:
            if self._state[copy] == _RUNS:
                self._busy_ms[site] += self._now_ms - self._started_ms[copy]
            self._state[copy] = _OVER
            fleet.ended(self._origin[self._request[copy]], site)
        self._queue[site].clear()
        self._busy[site] = fleet.held[site] = 0
        for request in sorted({self._request[copy] for copy in lost}):
            if self._served_by[request] == _UNKNOWN and not self._alive(request):
                self.rerouted += 1
                self._route(self._new_copy(request))

    def restore(self, site: int) -> None:
        """The site is back, empty."""
        self.fleet.up[site] = True

    def _runs_at(self, copy: int, site: int) -> bool:
        return self._state[copy] == _RUNS and self._site[copy] == site

    def _alive(self, request: int) -> list[int]:
        return [copy for copy in self._copies.get(request, (request,)) if self._state[copy] != _OVER]

    def _new_copy(self, request: int) -> int:
        copy = len(self._request)
        self._request.append(request)
        self._state.append(_WAITS)
        self._site.append(REFUSED)
        self._started_ms.append(0.0)
        self._copies.setdefault(request, [request]).append(copy)
        return copy

    def _route(self, copy: int) -> None:
        request = self._request[copy]
        origin = self._origin[request]
        site = self._router.choose(origin, self._now_ms)
        if site == REFUSED:
            self._state[copy] = _OVER
            self._served_by[request] = REFUSED
            return
        self._place(copy, origin, site)
        after_ms = self._router.second_after_ms
        if after_ms is not None:
            heappush(self._heap, (self._now_ms + after_ms, copy << 2 | _SECOND))

    def _place(self, copy: int, origin: int, site: int) -> None:
        fleet = self.fleet
        fleet.held[site] += 1
        fleet.sent(origin, site)
        self._site[copy] = site
        if self._busy[site] < fleet.slots[site]:
            self._start(copy, site)
        else:
            self._queue[site].append(copy)

    def _start(self, copy: int, site: int) -> None:
        request = self._request[copy]
        self._busy[site] += 1
        self._state[copy] = _RUNS
        self._started_ms[copy] = self._now_ms
        service_ms = self._service_ms[request] if copy == request else self._second_ms[request]
        heappush(self._heap, (self._now_ms + service_ms, copy << 2))

    def _advance(self, until_ms: float) -> float:
        """Do what is due up to *until_ms*, the world's events first; when the next one of the world's is."""
        heap, kernel, state = self._heap, self.kernel, self._state
        world_ms = kernel.peek_s() * 1000
        while True:
            if world_ms <= until_ms and (not heap or world_ms <= heap[0][0]):
                self._now_ms = world_ms
                kernel.run(kernel.peek_s())
                world_ms = kernel.peek_s() * 1000
                continue
            if not heap or heap[0][0] > until_ms:
                return world_ms
            self._now_ms, key = heappop(heap)
            copy, about = key >> 2, key & 3
            if about == _DEPART:
                if state[copy] == _RUNS:
                    self._answer(copy)
            elif state[copy] != _OVER:
                if about == _SECOND:
                    self._try_second(copy)
                else:
                    self._drop(copy)

    def _answer(self, copy: int) -> None:
        request, site = self._request[copy], self._site[copy]
        rtt_ms = self.fleet.rtt_ms[self._origin[request]]
        response_ms = self._now_ms - self._arrived_ms[request] + self._access_ms + rtt_ms[site]
        # a copy that ends later may be nearer: its answer arrives first
        if self._served_by[request] == _UNKNOWN or response_ms < self._response_ms[request]:
            self._served_by[request], self._response_ms[request] = site, response_ms
        self._leave(copy)
        if request in self._copies:
            others = self._alive(request)
            if others:
                self._router.second_ended(won=copy > min(others))
            for other in others:
                # the answer passes the users' site, which tells the other one to stop
                stop_ms = self._now_ms + (rtt_ms[site] + rtt_ms[self._site[other]]) / 2
                heappush(self._heap, (stop_ms, other << 2 | _CANCEL))

    def _try_second(self, first: int) -> None:
        request = self._request[first]
        if self._served_by[request] != _UNKNOWN or len(self._alive(request)) > 1:
            return
        origin, age_ms = self._origin[request], self._now_ms - self._arrived_ms[request]
        site = self._router.second(origin, self._site[first], age_ms, self._now_ms)
        if site != REFUSED:
            self.seconds += 1
            self._place(self._new_copy(request), origin, site)

    def _drop(self, copy: int) -> None:
        if self._state[copy] == _RUNS:
            self._leave(copy)
        else:  # it stays in the queue, marked, and is passed over
            self._state[copy] = _OVER
            self.fleet.held[self._site[copy]] -= 1
            self.fleet.ended(self._origin[self._request[copy]], self._site[copy])

    def _leave(self, copy: int) -> None:
        """Free the slot, and give it to the next in the queue."""
        site = self._site[copy]
        self._state[copy] = _OVER
        self._busy_ms[site] += self._now_ms - self._started_ms[copy]
        self._busy[site] -= 1
        self.fleet.held[site] -= 1
        self.fleet.ended(self._origin[self._request[copy]], site)
        queue = self._queue[site]
        while queue:
            following = queue.popleft()
            if self._state[following] == _WAITS:
                self._start(following, site)
                return

    def _outcome(self, arrived: int) -> Outcome:
        return Outcome(
            origin=self._traffic.origin[:arrived],
            served_by=np.array(self._served_by[:arrived], dtype=np.intp),
            response_ms=np.array(self._response_ms[:arrived], dtype=np.float64),
            rerouted=self.rerouted,
            seconds=self.seconds,
            busy_ms=tuple(self._busy_ms),
            ended_ms=self._now_ms,
        )
