"""kube-scheduler's own scores, as whole numbers from 0 to 100, for all feasible nodes at once.

Arithmetic of Kubernetes 1.36 (pkg/scheduler/framework/plugins): integer divisions where it has them, CPU and memory
with equal weights, 100m and 200 MiB assumed for a pod that asks for nothing. What is not modelled because nothing in
the model feeds it gives every node the same: image locality, inter-pod affinity, preferred node affinity. A node's
requests count as asked, so pods without requests weigh nothing once they are there (kube-scheduler charges them the
assumed amounts).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from policies.model.pod import PodClass, service_group
from policies.model.snapshot import Snapshot

Ints = npt.NDArray[np.int64]

MAX_NODE_SCORE = 100  # framework.MaxNodeScore
ASSUMED = {"cpu": 100, "memory": 200 * 2**20}  # schedutil.DefaultMilliCPURequest, DefaultMemoryRequest
_ZONE, _HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
_MAX_SKEW = {_HOST: 3, _ZONE: 5}  # podtopologyspread systemDefaultConstraints


def least_allocated(nodes: Snapshot, pod: PodClass) -> Ints:
    """NodeResourcesFit, strategy LeastAllocated: the emptier the better."""
    return _mean_of_resources(
        nodes, pod, lambda requested, capacity: (capacity - requested) * MAX_NODE_SCORE // capacity
    )


def most_allocated(nodes: Snapshot, pod: PodClass) -> Ints:
    """NodeResourcesFit, strategy MostAllocated: the fuller the better."""
    return _mean_of_resources(nodes, pod, lambda requested, capacity: requested * MAX_NODE_SCORE // capacity)


def balanced_allocation(nodes: Snapshot, pod: PodClass) -> Ints:
    """NodeResourcesBalancedAllocation: are CPU and memory nearer to each other with the pod; 75 when it is the same."""
    if not (pod.request("cpu") or pod.request("memory")):
        return np.zeros(len(nodes), dtype=np.int64)  # skipped for best-effort pods
    half = MAX_NODE_SCORE // 2
    change = _balance(nodes, pod) - _balance(nodes, None)
    return half + np.trunc((half + change) / 2).astype(np.int64)


def pod_topology_spread(nodes: Snapshot, pod: PodClass) -> Ints:
    """PodTopologySpread with the cluster defaults (host, skew 3; zone, skew 5), for pods of a service."""
    if not pod.service or not len(nodes):
        return np.zeros(len(nodes), dtype=np.int64)
    group = service_group(pod.namespace, pod.service)
    raw = np.zeros(len(nodes))
    raw += nodes.count(group) * np.log(len(nodes) + 2) + (_MAX_SKEW[_HOST] - 1)
    zones, table = nodes.label(_ZONE)
    if table:
        everywhere, _ = nodes.whole.label(_ZONE)
        here = everywhere >= 0
        by_zone = np.bincount(everywhere[here], weights=nodes.whole.count(group)[here], minlength=len(table))
        weight = np.log(len(np.unique(zones[zones >= 0])) + 2)
        raw += np.where(zones >= 0, by_zone[zones] * weight + (_MAX_SKEW[_ZONE] - 1), 0)
    score = np.floor(raw + 0.5).astype(np.int64)  # math.Round of a number that is not negative
    lowest, highest = int(score.min()), int(score.max())
    if highest == 0:
        return np.full(len(nodes), MAX_NODE_SCORE, dtype=np.int64)
    return MAX_NODE_SCORE * (highest + lowest - score) // highest


def taint_toleration(nodes: Snapshot, pod: PodClass) -> Ints:
    """TaintToleration: fewer untolerated PreferNoSchedule taints are better."""
    disliked = np.array(
        [
            sum(
                t.effect == "PreferNoSchedule" and not any(o.tolerates(t) for o in pod.tolerations)
                for t in taints or ()
            )
            for taints in nodes.taints.tolist()
        ],
        dtype=np.int64,
    )
    most = int(disliked.max(initial=0))
    if most == 0:
        return np.full(len(nodes), MAX_NODE_SCORE, dtype=np.int64)
    return MAX_NODE_SCORE - disliked * MAX_NODE_SCORE // most


def _mean_of_resources(nodes: Snapshot, pod: PodClass, score: Callable[[Ints, Ints], Ints]) -> Ints:
    total = np.zeros(len(nodes), dtype=np.int64)
    weights = np.zeros(len(nodes), dtype=np.int64)
    for resource, assumed in ASSUMED.items():
        capacity = nodes.allocatable(resource)
        requested = np.minimum(nodes.requested(resource) + (pod.request(resource) or assumed), capacity)
        offered = capacity > 0
        total += np.where(offered, score(requested, np.maximum(capacity, 1)), 0)
        weights += offered
    return total // np.maximum(weights, 1)


def _balance(nodes: Snapshot, pod: PodClass | None) -> Ints:
    shares, offered = [], []
    for resource in ASSUMED:
        capacity = nodes.allocatable(resource)
        requested = nodes.requested(resource) + (pod.request(resource) if pod else 0)
        shares.append(np.minimum(1.0, requested / np.maximum(capacity, 1)))
        offered.append(capacity > 0)
    deviation = np.where(offered[0] & offered[1], abs(shares[0] - shares[1]) / 2, 0.0)
    return ((1 - deviation) * MAX_NODE_SCORE).astype(np.int64)
