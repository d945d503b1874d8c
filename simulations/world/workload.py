"""What happens to a world: its nodes and sites, the pods that arrive, and what fails or slows down when."""

from __future__ import annotations

import math
from dataclasses import dataclass

from policies.model.node import Node
from policies.model.pod import Pod
from simulations.errors import InputError
from simulations.workloads.dump import BoundPod
from simulations.workloads.geography import Geography


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A pod that comes at *time_s* and, once it is placed, runs for *lifetime_s* (infinite: stays)."""

    time_s: float
    pod: Pod
    lifetime_s: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A node, or all nodes of a site, are not ready from *at_s* for *for_s*."""

    at_s: float
    for_s: float
    node: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyChange:
    """Round trips between *site* and all others (`to` empty) or one other take *factor* times as long, both ways."""

    at_s: float
    for_s: float
    site: str
    to: str = ""
    factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Everything that does not depend on who decides. Arrivals are in order of time.

    `bound` pods are on their nodes from the start, for good; nobody decides on them.
    """

    nodes: tuple[Node, ...]
    geography: Geography
    arrivals: tuple[Arrival, ...]
    duration_s: float
    outages: tuple[Outage, ...] = ()
    latency_changes: tuple[LatencyChange, ...] = ()
    bound: tuple[BoundPod, ...] = ()
    left_out: int = 0  # pods that are on no node of this world

    def __post_init__(self) -> None:
        if not self.arrivals:
            raise InputError("workload: no pod arrives")
        known_nodes = {node.name for node in self.nodes}
        for bound in self.bound:
            if bound.node not in known_nodes:
                raise InputError(f"pod {bound.pod.namespace}/{bound.pod.name}: is on unknown node {bound.node!r}")
        for index, outage in enumerate(self.outages):
            where = f"outages[{index}]"
            if bool(outage.node) == bool(outage.site):
                raise InputError(f"{where}: wants a node or a site, one of the two")
            if outage.node and outage.node not in known_nodes:
                raise InputError(f"{where}.node: unknown node {outage.node!r}")
            if outage.site:
                self._check_site(outage.site, f"{where}.site")
        for index, change in enumerate(self.latency_changes):
            self._check_site(change.site, f"latency_changes[{index}].site")
            if change.to:
                self._check_site(change.to, f"latency_changes[{index}].to")

    def _check_site(self, name: str, where: str) -> None:
        try:
            self.geography.number(name)
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
