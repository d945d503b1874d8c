"""Where the simulator puts the pods of a trace, on the nodes that a cluster has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from policies.engine.decide import Refusal
from policies.engine.profile import Profile
from policies.model import kubernetes
from policies.model.latency import LatencyMatrix
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot
from simulations.baselines import names
from simulations.baselines.decider import Decider
from simulations.workloads.geography import Geography
from simulations.world.workload import Arrival, Workload
from simulations.world.world import World
from tests.cluster.trace import Visit

_EACH_S = 10.0  # from one arrival to the next; those who go, go in between


class _Noting:
    """A decider that remembers which node each service got."""

    def __init__(self, decider: Decider) -> None:
        self.nodes: dict[str, str] = {}
        self._decider = decider

    def choose(self, nodes: Snapshot, pod: PodClass) -> int:
        return self._decider.choose(nodes, pod)

    def devices(self, nodes: Snapshot, pod: PodClass, slot: int) -> tuple[int, ...]:
        """Asked once for each pod that is placed."""
        self.nodes[pod.service] = str(nodes.name[slot])
        return self._decider.devices(nodes, pod, slot)

    def refusal(self, nodes: Snapshot, pod: PodClass, slot: int) -> Refusal | None:
        return self._decider.refusal(nodes, pod, slot)


def simulated(
    visits: Sequence[Visit],
    nodes: Iterable[Mapping[str, Any]],
    rtt_ms: Mapping[tuple[str, str], float],
    *,
    policy: str,
    profile: Profile,
    seed: int = 1,
) -> dict[str, str]:
    """Pod → node, for those that got one; *policy* is one of the simulator's names, with that *profile* in it."""
    told = tuple(kubernetes.node(node) for node in nodes)
    sites = kubernetes.sites(told)
    ms = np.full((len(sites), len(sites)), np.nan)
    for (one, other), value in rtt_ms.items():
        row, column = sites.number(one), sites.number(other)
        ms[row, column] = ms[column, row] = value
    geography = Geography(sites=tuple(sites), matrix=LatencyMatrix.of(sites.names, ms))
    arrivals = tuple(
        Arrival(
            time_s=number * _EACH_S,
            pod=kubernetes.pod({**visit.pod, "metadata": {**visit.pod["metadata"], "uid": visit.name}}),
            lifetime_s=(visit.stays + 0.5) * _EACH_S + number / len(visits),  # in order of arrival
        )
        for number, visit in enumerate(visits)
    )
    workload = Workload(nodes=told, geography=geography, arrivals=arrivals, duration_s=(len(visits) + 1) * _EACH_S)
    noting = _Noting(names.decider(policy, profile, seed))
    World(workload, noting, profile=profile).run()
    return noting.nodes
