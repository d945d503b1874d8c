"""A cluster that writes down what happens to it, so that a decision can be played again at the state it was made in."""

from __future__ import annotations

import math
from collections.abc import Iterator

from policies.engine import journal
from policies.engine.journal import Line
from policies.model.cluster import Cluster
from policies.model.latency import FRESH_S, HALF_LIFE_S, LatencyMatrix
from policies.model.node import USAGE_KINDS, Node
from policies.model.placement import Placement
from policies.model.pod import Pod
from policies.model.site import Sites
from scheduler.decisions import DecisionLog


class RecordedCluster(Cluster):
    """Every change that was accepted is an entry of the log."""

    def __init__(self, log: DecisionLog, sites: Sites | None = None) -> None:
        super().__init__(sites)
        self._log = log

    def set_node(self, node: Node) -> None:
        super().set_node(node)
        self._log.write(journal.NodeSet(node=node))

    def remove_node(self, name: str) -> None:
        super().remove_node(name)
        self._log.write(journal.NodeGone(name=name))

    def set_ready(self, name: str, *, ready: bool) -> None:
        super().set_ready(name, ready=ready)
        self._log.write(journal.Ready(name=name, ready=ready))

    def set_usage(self, name: str, kind: str, share: float) -> None:
        super().set_usage(name, kind, share)
        self._log.write(journal.Usage(name=name, kind=kind, share=None if math.isnan(share) else share))

    def bind(
        self, pod: Pod, node: str, devices: tuple[int, ...] | None = None, *, zone: int | None = None
    ) -> Placement:
        before = len(self), pod.uid in self and self.placement(pod.uid)
        placement = super().bind(pod, node, devices, zone=zone)
        if self._log.is_open and before != (len(self), placement):  # watches tell twice
            self._log.write(self._bound(self._log, placement, devices, zone))
        return placement

    def unbind(self, uid: str) -> Placement:
        placement = super().unbind(uid)
        self._log.write(journal.Gone(uid=uid))
        return placement

    def set_sites(self, sites: Sites) -> None:
        super().set_sites(sites)
        self._log.write(journal.SitesSet(sites=sites.all))

    def set_latency(
        self, matrix: LatencyMatrix, *, now_s: float = 0.0, fresh_s: float = FRESH_S, half_life_s: float = HALF_LIFE_S
    ) -> None:
        super().set_latency(matrix, now_s=now_s, fresh_s=fresh_s, half_life_s=half_life_s)
        if self._log.is_open:
            told = journal.LatencySet.of(matrix, now_s=now_s, fresh_s=fresh_s, half_life_s=half_life_s)
            self._log.write(told)

    def entries(self, log: DecisionLog) -> Iterator[Line]:
        """Everything that is known now, as if it had just happened."""
        nodes = self.live()
        yield journal.SitesSet(sites=nodes.sites.all)
        if self.latency_told is not None:
            matrix, now_s, fresh_s, half_life_s = self.latency_told
            yield journal.LatencySet.of(matrix, now_s=now_s, fresh_s=fresh_s, half_life_s=half_life_s)
        for name, node in self.nodes.items():
            yield journal.NodeSet(node=node)
            slot = nodes.slot(name)
            if bool(nodes.ready[slot]) != node.ready:
                yield journal.Ready(name=name, ready=bool(nodes.ready[slot]))
            for kind in USAGE_KINDS:
                share = float(nodes.usage(kind)[slot])
                if not math.isnan(share):
                    yield journal.Usage(name=name, kind=kind, share=share)
        for placement in self.placements.values():
            yield self._bound(log, placement, placement.devices, placement.zone)

    @staticmethod
    def _bound(log: DecisionLog, placement: Placement, devices: tuple[int, ...] | None, zone: int | None) -> Line:
        pod = placement.pod
        return journal.Bound(
            uid=pod.uid,
            namespace=pod.namespace,
            name=pod.name,
            of=log.number(pod.of),
            node=placement.node,
            devices=devices,
            zone=zone,
        )
