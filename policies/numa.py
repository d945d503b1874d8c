"""Pods that ask for alignment (`edgeward.dev/topology-aware`) go where one NUMA zone holds them: 10 cores never on 6 +
6 free.

The kubelet's topology manager (policy single-numa-node) refuses such a pod only once it is bound, and it stays failed
there; so we look before. A zone must have the whole CPU and memory request left. Only whole CPUs can be pinned (static
CPU manager).

    score = asked CPUs / CPUs left in the tightest zone that fits

so that large gaps stay for large pods; the cluster's bookkeeping takes the same zone. Pods that do not ask get no
opinion. A node that tells nothing of its zones is refused unless `unknown: allow`: a promise of alignment cannot rest
on a guess.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

_MILLI = 1000
_UNKNOWN = 0.5  # neither tight nor roomy


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Numa(FilterScorer):
    """Keeps topology-aware pods on nodes where a single NUMA zone fits them, the tightest one first."""

    unknown: Literal["allow", "refuse"] = "refuse"  # nodes that tell nothing of their zones

    aliases: ClassVar[tuple[str, ...]] = ("topology-aware", "single-numa-node")

    def concerns(self, pod: PodClass) -> bool:
        return pod.topology_aware

    def key(self, pod: PodClass) -> Hashable:
        return (pod.request("cpu"), pod.request("memory")) if pod.topology_aware else None

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        if not pod.topology_aware:
            return None
        if not _whole_cpus(pod):
            return np.zeros(len(nodes), dtype=np.bool_)
        allowed: Bools = _fitting(nodes, pod).sum(axis=1) > 0
        return allowed | (nodes.numa_zones == 0) if self.unknown == "allow" else allowed

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if not pod.topology_aware:
            return None
        score = np.zeros(len(nodes))
        score[nodes.numa_zones == 0] = _UNKNOWN
        fitting = _fitting(nodes, pod)
        here = fitting.any(axis=1)
        most = np.iinfo(np.int64).max
        left = np.where(fitting[here], nodes.numa_cpu_milli[here], most).min(axis=1, initial=most)
        score[here] = np.clip(pod.request("cpu") / np.maximum(left, 1), 0, 1)
        return score

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        cpu, memory = pod.request("cpu"), pod.request("memory")
        if not _whole_cpus(pod):
            return [f"topology-aware pods ask for whole CPUs, got {cpu}m"] * len(nodes)
        enough = _there(nodes) & (nodes.numa_cpu_milli >= cpu)
        memory_there = np.where(enough, nodes.numa_memory_bytes, 0).max(axis=1, initial=0)

        def say(zones: int, room: int, *cpus: int) -> str:
            if not zones:
                return "NUMA zones of the node are not known"
            free, wanted = cpus[:zones], _cores(cpu)
            if max(free) < cpu:
                all_free = " + ".join(map(_cores, free))
                return f"numa: {_cores(max(free))} CPUs free in the best zone < {wanted} requested ({all_free} free)"
            return (
                f"numa: {room >> 20} MiB free in the best zone with {wanted} CPUs < {memory / 2**20:.0f} MiB requested"
            )

        return worded(say, nodes.numa_zones, memory_there, *nodes.numa_cpu_milli.T)

    def hopeless(self, nodes: Snapshot, pod: PodClass) -> Bools:
        """Not whole CPUs, or no zone that has as much in all."""
        big = (nodes.numa_cpu_total_milli >= pod.request("cpu")) & (
            nodes.numa_memory_total_bytes >= pod.request("memory")
        )
        none: Bools = (_there(nodes) & big).sum(axis=1) == 0
        return none if _whole_cpus(pod) else np.ones(len(nodes), dtype=np.bool_)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        if not pod.topology_aware:
            return "the pod asks for no alignment"
        fitting = _fitting(nodes, pod)[0]
        if not fitting.any():
            return "no zone known to fit"
        left = int(nodes.numa_cpu_milli[0][fitting].min())
        return f"{_cores(pod.request('cpu'))} of the {_cores(left)} CPUs free in the tightest zone"


def _whole_cpus(pod: PodClass) -> bool:
    cpu = pod.request("cpu")
    return cpu > 0 and cpu % _MILLI == 0


def _fitting(nodes: Snapshot, pod: PodClass) -> Bools:
    """(nodes, zones): has that zone enough left."""
    fits: Bools = _there(nodes) & (nodes.numa_cpu_milli >= pod.request("cpu"))
    return fits & (nodes.numa_memory_bytes >= pod.request("memory"))


def _there(nodes: Snapshot) -> Bools:
    there: Bools = np.arange(nodes.numa_cpu_milli.shape[1]) < nodes.numa_zones[:, None]
    return there


def _cores(milli: int) -> str:
    return f"{milli / _MILLI:g}"


POLICY: type[FilterScorer] = Numa
