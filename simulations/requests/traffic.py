"""All that chance decides about requests, drawn before the first one runs.

Drawn at once it is fast (numpy), and every policy meets the same requests: the difference of two policies under one
seed is theirs, not the dice's. Each quantity has its own stream, so a longer run begins as the shorter one did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError
from simulations.requests.fleet import Topology

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One entry a request, in order of arrival."""

    arrived_ms: Floats
    origin: npt.NDArray[np.intp]
    service_ms: Floats  # what the first replica that serves it needs
    second_ms: Floats  # what another replica would need

    def __len__(self) -> int:
        return len(self.arrived_ms)


def poisson(
    topology: Topology, *, load: float, service_ms: float, requests: int, seed: int, own_time: float = 0.0
) -> Traffic:
    """Poisson arrivals at *load* (share of all edge slots that they keep busy), exponential service.

    In the share *own_time* of requests the time is the request's own, the same on every replica; in the rest it is
    the replica's at that moment (a cold cache, a neighbour on the same cores), and another replica draws anew.
    """
    for name, value, fine in (
        ("load", load, 0 < load < np.inf),
        ("service_ms", service_ms, 0 < service_ms < np.inf),
        ("requests", requests, requests > 0),
        ("own_time", own_time, 0 <= own_time <= 1),
    ):
        if not fine:
            wanted = "from 0 to 1" if name == "own_time" else "finite and > 0"
            raise InputError(f"{name}: must be {wanted}, got {value}")
    gaps, places, services, seconds, own = (np.random.default_rng((seed, stream)) for stream in range(5))
    rate_per_ms = load * topology.edge_slots / service_ms
    service = services.exponential(service_ms, requests)
    second = seconds.exponential(service_ms, requests)
    return Traffic(
        arrived_ms=np.cumsum(gaps.exponential(1 / rate_per_ms, requests)),
        origin=places.choice(topology.edges, requests, p=topology.weights).astype(np.intp),
        service_ms=service,
        second_ms=np.where(own.random(requests) < own_time, service, second),
    )
