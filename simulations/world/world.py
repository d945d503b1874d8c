"""The world: one cluster, one decider, and the events that move it.

A pod that fits nowhere waits and is tried again when something changed that could help it: a pod left, a node came
back, latency changed, or, for pods that a policy refuses for what runs elsewhere (`helped`), another pod came or a node
failed. Waiting pods go in order of arrival, class by class: when one of a class finds no node, the others of the class
need not ask (they would get the same answer). A node that fails keeps its pods for `evict_after_s`, as Kubernetes'
default toleration of 300 s does; then they wait for a new place and run for the time that they had left.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from policies.engine.decide import NO_NODE
from policies.engine.profile import Profile
from policies.model.cluster import Cluster
from policies.model.latency import LatencyMatrix
from policies.model.pod import Pod, PodClass
from policies.model.site import Sites
from simulations.baselines.decider import Decider
from simulations.kernel import LATE, URGENT, Event, Kernel
from simulations.world.helped import Helped
from simulations.world.ledger import Ledger, sample_times
from simulations.world.workload import Arrival, LatencyChange, Outage, Workload

EVICT_AFTER_S = 300.0  # tolerationSeconds that Kubernetes gives every pod for not-ready and unreachable
_REASON_HOLDS_S = 600.0  # asking all nodes why costs more than a decision, and pods of a class fail in rows


@dataclass(slots=True)
class _Waiting:
    pod: Pod
    since_s: float
    left_s: float  # of its lifetime


@dataclass(slots=True)
class _Running:
    started_s: float
    left_s: float
    end: Event | None


class World:
    """Run it once; the ledger is the outcome. *profile* is the decider's, when it has one."""

    def __init__(
        self,
        workload: Workload,
        decider: Decider,
        *,
        evict_after_s: float = EVICT_AFTER_S,
        profile: Profile | None = None,
    ) -> None:
        self._workload = workload
        self._decider = decider
        self._evict_after_s = evict_after_s
        self._kernel = Kernel()
        self.cluster = Cluster(Sites(workload.geography.sites))
        for node in workload.nodes:
            self.cluster.set_node(node)
        self.ledger = Ledger()
        self._waiting: dict[PodClass, deque[_Waiting]] = {}
        self._running: dict[str, _Running] = {}
        self._down: Counter[str] = Counter()  # node → outages that it is in
        self._evictions: dict[str, Event] = {}  # of the nodes that are down
        self._factors: list[LatencyChange] = []
        self._retry: Event | None = None
        self._helped = Helped(profile)
        self._reasons: dict[PodClass, tuple[float, str]] = {}  # when it was found, and what

    def run(self, progress: Callable[[float, str], None] = lambda _fraction, _text: None) -> Ledger:
        """Everything up to the workload's end."""
        workload, kernel = self._workload, self._kernel
        self._measure_latency()
        for bound in workload.bound:
            self.cluster.bind(bound.pod, bound.node)
            self._running[bound.pod.uid] = _Running(kernel.now_s, math.inf, None)
        for outage in workload.outages:
            kernel.at(outage.at_s, partial(self._fail, outage), URGENT)
            if math.isfinite(outage.for_s):
                kernel.at(outage.at_s + outage.for_s, partial(self._return, outage), URGENT)
        for change in workload.latency_changes:
            kernel.at(change.at_s, partial(self._slow_down, change), URGENT)
            if math.isfinite(change.for_s):
                kernel.at(change.at_s + change.for_s, partial(self._recover, change), URGENT)
        for arrival in workload.arrivals:
            if arrival.time_s <= workload.duration_s:
                kernel.at(arrival.time_s, partial(self._arrive, arrival))
        for time_s in sample_times(workload.duration_s).tolist():
            kernel.at(time_s, partial(self._sample, time_s, progress), LATE)
        kernel.run(workload.duration_s)
        for uid, running in self._running.items():
            self.ledger.ran(self.cluster, self.cluster.placement(uid), kernel.now_s - running.started_s)
        return self.ledger

    @property
    def waiting(self) -> int:
        """Pods that have no node now."""
        return sum(map(len, self._waiting.values()))

    @property
    def running(self) -> int:
        """Pods that have one."""
        return len(self._running)

    # pods

    def _arrive(self, arrival: Arrival) -> None:
        pod = _Waiting(arrival.pod, self._kernel.now_s, arrival.lifetime_s)
        if arrival.pod.of in self._waiting or not self._place(pod):
            self._wait(pod)

    def _place(self, waiting: _Waiting) -> bool:
        nodes, pod, now_s = self.cluster.live(), waiting.pod, self._kernel.now_s
        slot = self._decider.choose(nodes, pod.of)
        if slot == NO_NODE:
            return False
        self.ledger.placed(nodes, pod.of, slot, now_s - waiting.since_s)
        self.cluster.bind(pod, str(nodes.name[slot]), self._decider.devices(nodes, pod.of, slot))
        end = self._kernel.after(waiting.left_s, partial(self._finish, pod.uid)) if waiting.left_s < math.inf else None
        self._running[pod.uid] = _Running(now_s, waiting.left_s, end)
        self._retry_if_helped()
        return True

    def _queue(self, waiting: _Waiting) -> None:
        self._waiting.setdefault(waiting.pod.of, deque()).append(waiting)

    def _wait(self, waiting: _Waiting) -> None:
        pod = waiting.pod.of
        self._queue(waiting)
        told_at_s, reason = self._reasons.get(pod, (-math.inf, ""))
        if self._kernel.now_s - told_at_s > _REASON_HOLDS_S:
            told_at_s, reason = self._kernel.now_s, self._main_reason(pod)
            self._reasons[pod] = (told_at_s, reason)
        self.ledger.refusals[reason] += 1

    def _finish(self, uid: str) -> None:
        self._stop(uid)
        self.ledger.finished += 1
        self._retry_soon()

    def _stop(self, uid: str) -> _Waiting:
        running = self._running.pop(uid)
        placement = self.cluster.placement(uid)
        now_s = self._kernel.now_s
        ran_s = now_s - running.started_s
        self.ledger.ran(self.cluster, placement, ran_s)
        self.cluster.unbind(uid)
        if running.end is not None:
            running.end.cancel()
        return _Waiting(placement.pod, now_s, running.left_s - ran_s)

    def _retry_soon(self) -> None:
        if self._waiting and self._retry is None:
            self._retry = self._kernel.after(0.0, self._retry_waiting, LATE)

    def _retry_if_helped(self) -> None:
        # one event for all that happens at this moment; a retry that places somebody asks for the next, until none does
        if self._helped and self._waiting and self._retry is None:
            nodes = self.cluster.live()
            if any(self._helped.by_arrivals(nodes, pod) for pod in self._waiting):
                self._retry_soon()

    def _retry_waiting(self) -> None:
        self._retry = None
        for pod in sorted(self._waiting, key=lambda pod: self._waiting[pod][0].since_s):
            queue = self._waiting[pod]
            while queue and self._place(queue[0]):
                queue.popleft()
            if not queue:
                del self._waiting[pod]

    def _main_reason(self, pod: PodClass) -> str:
        """The refusal that most nodes give, without its numbers."""
        nodes = self.cluster.live()
        counts: Counter[str] = Counter()
        for slot in np.flatnonzero(nodes.ready).tolist():
            refusal = self._decider.refusal(nodes, pod, slot)
            if refusal is not None:
                what = f": {refusal.reason.split()[0]}" if refusal.policy == "fit" else ""
                counts[f"{refusal.policy}{what}"] += 1
        return min(counts, key=lambda reason: (-counts[reason], reason)) if counts else "no node is ready"

    # nodes and latency

    def _fail(self, outage: Outage) -> None:
        for name in self._nodes_of(outage):
            self._down[name] += 1
            if self._down[name] == 1:
                self.cluster.set_ready(name, ready=False)
                self._evictions[name] = self._kernel.after(self._evict_after_s, partial(self._evict, name))
        self._retry_if_helped()

    def _evict(self, name: str) -> None:
        for placement in self.cluster.pods_on(name):
            self.ledger.evicted += 1
            self._queue(self._stop(placement.pod.uid))
        self._retry_soon()

    def _return(self, outage: Outage) -> None:
        for name in self._nodes_of(outage):
            self._down[name] -= 1
            if self._down[name] == 0:
                self.cluster.set_ready(name, ready=True)
                self._evictions.pop(name).cancel()
        self._retry_soon()

    def _nodes_of(self, outage: Outage) -> list[str]:
        if outage.node:
            return [outage.node]
        return [node.name for node in self._workload.nodes if (node.site or node.name) == outage.site]

    def _slow_down(self, change: LatencyChange) -> None:
        self._factors.append(change)
        self._measure_latency()

    def _recover(self, change: LatencyChange) -> None:
        self._factors.remove(change)
        self._measure_latency()

    def _measure_latency(self) -> None:
        """All entries that there are are measured anew: probers run all the time in this world.

        What was never measured is NaN and stays so; it is no younger for what happens elsewhere.
        """
        geography, now_s = self._workload.geography, self._kernel.now_s
        factor = np.ones(geography.matrix.p50_ms.shape)
        for change in self._factors:
            here = geography.number(change.site)
            there = geography.number(change.to) if change.to else slice(None)
            slower = np.ones_like(factor)
            slower[here, there] = slower[there, here] = change.factor
            if not change.to:
                slower[here, here] = 1.0  # the users of the site itself do not come from afar
            factor *= slower
        matrix = LatencyMatrix.of(
            geography.names,
            geography.matrix.p50_ms * factor,
            geography.matrix.p95_ms * factor,
            measured_at_s=now_s,
            source="probe",
        )
        self.cluster.set_latency(matrix, now_s=now_s)
        self._retry_soon()

    def _sample(self, time_s: float, progress: Callable[[float, str], None]) -> None:
        self.ledger.sample(self.cluster.live(), time_s, self.waiting)
        share = time_s / self._workload.duration_s
        progress(share, f"{time_s / 3600:.1f} of {self._workload.duration_s / 3600:.1f} simulated hours")
