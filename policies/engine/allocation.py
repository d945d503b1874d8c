"""How full a node would be: the mean over resources of requested / allocatable with the pod on it.

    share = Σ weight · min(1, (requested + asked) / allocatable) / Σ weight

as kube-scheduler's NodeResourcesFit counts it: CPU and memory always, an extended resource only for a pod that asks for
it, and a resource that the node does not have not at all. `gpu` stands for the node's devices taken together, in milli,
so a shared GPU counts for its share. In here because binpack and spread must mean the same thing by "full", and
policies do not know each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from policies.engine.contract import Floats, Ints
from policies.engine.needs import needed_in_all
from policies.model.gpu import WHOLE_GPU_MILLI, GpuRequest
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

GPU = "gpu"
EQUAL: Mapping[str, float] = {"cpu": 1.0, "memory": 1.0, GPU: 1.0}
_ALWAYS = ("cpu", "memory")


def counted(pod: PodClass, weights: Mapping[str, float]) -> tuple[tuple[str, int | GpuRequest, float], ...]:
    """(resource, asked, weight) of what counts for this pod; a share that varies from GPU to GPU as it is asked for."""
    asked = ((name, _asked(pod, name), weight) for name, weight in weights.items() if weight > 0)
    return tuple((name, request, weight) for name, request, weight in asked if request or name in _ALWAYS)


def allocated_share(nodes: Snapshot, pod: PodClass, weights: Mapping[str, float], *, without: float) -> Floats:
    """The share of each node that would be allocated, 0 to 1; *without* for a node that has none of the resources."""
    total, weighed = np.zeros(len(nodes)), np.zeros(len(nodes))
    for name, asked, weight in counted(pod, weights):
        capacity, free = _amounts(nodes, name)
        counts = (capacity > 0) * weight
        taken = capacity - free + _amount(nodes, asked)
        total += np.minimum(np.maximum(taken / np.maximum(capacity, 1), 0), 1) * counts
        weighed += counts
    mean: Floats = np.divide(total, weighed, out=np.full(len(nodes), without), where=weighed > 0)
    return np.minimum(mean, 1)  # rounding must not leave the range


def in_words(nodes: Snapshot, pod: PodClass, weights: Mapping[str, float]) -> str:
    """The share of each resource of the one node given: `cpu 75%, memory 50%`."""
    parts = []
    for name, asked, _ in counted(pod, weights):
        capacity, free = (int(column[0]) for column in _amounts(nodes, name))
        if capacity > 0:
            amount = int(np.max(_amount(nodes, asked)))
            parts.append(f"{name} {min(1.0, max(0.0, (capacity - free + amount) / capacity)):.0%}")
    return ", ".join(parts) or f"it has none of {', '.join(weights)}"


def _asked(pod: PodClass, name: str) -> int | GpuRequest:
    if name == GPU:
        return pod.gpu if pod.gpu and pod.gpu.varies else pod.gpu.total_milli if pod.gpu else 0
    return pod.request(name)


def _amount(nodes: Snapshot, asked: int | GpuRequest) -> int | Ints:
    return needed_in_all(nodes, asked) if isinstance(asked, GpuRequest) else asked


def _amounts(nodes: Snapshot, name: str) -> tuple[Ints, Ints]:
    """What each node has, and what is free of it."""
    if name != GPU:
        return nodes.allocatable(name), nodes.free(name)
    return nodes.gpu_count.astype(np.int64) * WHOLE_GPU_MILLI, nodes.gpu_free_milli.sum(axis=1, dtype=np.int64)
