"""The floor: what no router can beat that gives each request one replica.

A linear programme spreads the users' demand over sites as if it were a fluid: no site serves more than its slots
can, the cloud gets at most its share, and nobody ever waits. A request of i at j is then late with probability
exp(-slack_ij · mu), and with real queues with no less. So the optimum is a lower bound for every router without
second tries, whatever it knows of the present, as long as it does not know service times in advance. It says how
much of a policy's lateness is the map's and the service law's, and how much is its own.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

from simulations.errors import SimulationError
from simulations.requests.fleet import Topology
from simulations.requests.lateness import late_probability

_INFEASIBLE = 2  # scipy.optimize.milp's status


def least_late(
    topology: Topology, *, load: float, slo_ms: float, access_ms: float, service_ms: float, cloud_share: float
) -> float | None:
    """The least share of requests over the SLO, from 0 to 1; None when the load is more than all can serve."""
    edges, total = topology.rtt_ms.shape
    late = late_probability(slo_ms - access_ms - topology.rtt_ms, 0, 2, service_ms)
    cells = np.arange(edges * total)
    ones = np.ones(len(cells))
    by_origin = csr_array((ones, (cells // total, cells)))
    by_site = csr_array((ones, (cells % total, cells)))
    room = np.array(topology.slots, dtype=np.float64) / (load * topology.edge_slots)
    if topology.cloud is not None:
        room[topology.cloud] = min(room[topology.cloud], cloud_share)
    # milp without integers: it is HiGHS all the same, and takes sparse constraints
    answer = milp(
        late.ravel(),
        constraints=[
            LinearConstraint(by_site, -np.inf, room),
            LinearConstraint(by_origin, topology.weights, topology.weights),
        ],
    )
    if answer.status == _INFEASIBLE:
        return None
    if not answer.success:
        raise SimulationError(f"the floor of late requests could not be computed: {answer.message}")
    return float(answer.fun)
