"""How fast the kernel is, and requests on top of it. Another simulator (YAFS) has 24,000 events/s."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from simulations.kernel import Kernel
from simulations.requests.fleet import Fleet, Topology
from simulations.requests.flow import Flow
from simulations.requests.routers import FirstFree
from simulations.requests.traffic import poisson

_EVENTS = 300_000
_REQUESTS = 200_000
_SITES = 78


def measure() -> list[tuple[str, str]]:
    """(what, figure) a line."""
    return [
        ("kernel events", f"{_EVENTS / _chains():,.0f} events/s"),
        ("requests over 78 sites, first free of 9", f"{_REQUESTS / _requests():,.0f} requests/s"),
    ]


def _chains() -> float:
    """Seconds for events of which 1,000 are always pending and each schedules the next."""
    kernel = Kernel()
    delays: list[float] = np.random.default_rng(1).exponential(1.0, _EVENTS).tolist()

    def step() -> None:
        if delays:
            kernel.after(delays.pop(), step)

    for _ in range(1000):
        step()
    started = perf_counter()
    kernel.run()
    return perf_counter() - started


def _requests() -> float:
    rtt_ms = np.abs(np.arange(_SITES)[:, None] - np.arange(_SITES + 1)[None, :]) * 2.0
    near = tuple(tuple(sorted(set(range(_SITES)) - {i}, key=lambda j: abs(i - j))[:8]) for i in range(_SITES))
    sites = Topology(
        names=(*(f"s{i:02}" for i in range(_SITES)), "cloud"),
        edges=_SITES,
        slots=(4,) * _SITES + (1000,),
        rtt_ms=rtt_ms,
        neighbors=near,
        weights=np.ones(_SITES),
    )
    traffic = poisson(sites, load=0.7, service_ms=40.0, requests=_REQUESTS, seed=1)
    fleet = Fleet(sites, exact=True)
    flow = Flow(fleet, FirstFree(fleet, neighbors=True), traffic, Kernel(), access_ms=7.0)
    started = perf_counter()
    flow.run()
    return perf_counter() - started


if __name__ == "__main__":
    for line in measure():
        print(*line, sep=": ")
