"""Small request worlds with good defaults: a test shows only what it is about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulations.kernel import Kernel
from simulations.requests.fleet import Fleet, Topology
from simulations.requests.flow import Flow
from simulations.requests.priced import Priced, Terms
from simulations.requests.routers import FirstFree, RandomSpread, Router
from simulations.requests.traffic import Traffic

ROUTERS = ("random", "local-cloud", "local-neighbors-cloud", "edgeward-single", "edgeward")


def make_topology(
    edges: int = 3, *, slots: int = 1, cloud: bool = True, step_ms: float = 2.0, cloud_ms: float = 20.0, near: int = 8
) -> Topology:
    """Sites a, b, c … in a row, *step_ms* from one to the next, and the cloud as far from all."""
    number = np.arange(edges)
    rtt_ms = np.abs(number[:, None] - number[None, :]) * step_ms
    names = tuple(chr(ord("a") + i) for i in range(edges))
    if cloud:
        rtt_ms = np.hstack([rtt_ms, np.full((edges, 1), cloud_ms)])
    return Topology(
        names=(*names, "cloud") if cloud else names,
        edges=edges,
        slots=(slots,) * edges + ((100,) if cloud else ()),
        rtt_ms=rtt_ms,
        neighbors=tuple(
            tuple(sorted(set(range(edges)) - {i}, key=lambda j: (abs(i - j), j)))[:near] for i in range(edges)
        ),
        weights=np.ones(edges),
    )


def make_traffic(arrived_ms: Sequence[float], origin: Sequence[int], service_ms: Sequence[float]) -> Traffic:
    """Exactly these requests."""
    service = np.array(service_ms, dtype=np.float64)
    return Traffic(
        arrived_ms=np.array(arrived_ms, dtype=np.float64),
        origin=np.array(origin, dtype=np.intp),
        service_ms=service,
        second_ms=service.copy(),
    )


def make_router(name: str, fleet: Fleet, seed: int = 1) -> Router:
    """The router of that name, told the terms of the published evaluation."""
    if name == "random":
        return RandomSpread(fleet, seed)
    if name in {"local-cloud", "local-neighbors-cloud"}:
        return FirstFree(fleet, neighbors=name == "local-neighbors-cloud")
    second_ms = 50.0 if name == "edgeward" else None
    return Priced(fleet, Terms(slo_ms=100.0, access_ms=7.0, service_ms=40.0, second_after_ms=second_ms))


def make_flow(sites: Topology, traffic: Traffic, router: str = "local-neighbors-cloud", *, exact: bool = True) -> Flow:
    """A flow with a kernel of its own, `flow.kernel`."""
    fleet = Fleet(sites, exact=exact)
    return Flow(fleet, make_router(router, fleet), traffic, Kernel(), access_ms=7.0)
