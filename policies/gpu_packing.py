"""GPUs that are in use first, then idle GPUs of nodes in use, then idle nodes.

With n GPUs on the node, `full` of them idle, and the request's devices taken with the least room first:

    all idle:                      max(33 - full, full)
    f of the devices taken idle:   max(50 - f, 33)
    none of them idle:             max(100 - Σ(room % of the devices) / 10, 50)

out of 100. GpuPacking of the GPU packing experiments (see `fragmentation`). A pod without GPU gets no opinion.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from pydantic.dataclasses import dataclass

from policies.engine.contract import PARAMETERS, FilterScorer, Floats
from policies.engine.fit import allowed_devices
from policies.engine.needs import needed
from policies.model.gpu import WHOLE_GPU_MILLI
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

_STEPS = 100.0
_IDLE_NODE, _IDLE_GPU, _USED_GPU = 33, 50, 100  # the best that each case can reach
_NEVER = 2**30  # room of a device that cannot be taken


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class GpuPacking(FilterScorer):
    """Packs GPU pods onto GPUs and nodes that are already in use."""

    def concerns(self, pod: PodClass) -> bool:
        return pod.gpu is not None

    def key(self, pod: PodClass) -> Hashable:
        return pod.gpu

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if pod.gpu is None or not nodes.gpu_free_milli.shape[1]:
            return None
        free = nodes.gpu_free_milli.astype(np.int64)
        idle = (free == WHOLE_GPU_MILLI).sum(axis=1)
        room = np.where(allowed_devices(nodes, pod) & (free >= needed(nodes, pod.gpu)), free, _NEVER)
        room = np.sort(room, axis=1, kind="stable")[:, : pod.gpu.count]
        takes_idle = (room == WHOLE_GPU_MILLI).sum(axis=1)
        taken_pct = (np.where(room == _NEVER, WHOLE_GPU_MILLI, room) * 100 // WHOLE_GPU_MILLI).sum(axis=1)
        used = np.maximum(_USED_GPU - taken_pct // 10, _IDLE_GPU)
        points = np.where(takes_idle > 0, np.maximum(_IDLE_GPU - takes_idle, _IDLE_NODE), used)
        points = np.where(idle == nodes.gpu_count, np.maximum(_IDLE_NODE - idle, idle), points)
        score: Floats = np.minimum(points, _STEPS) / _STEPS
        return score

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        idle = int((nodes.gpu_free_milli[0] == WHOLE_GPU_MILLI).sum())
        return f"{idle} of {nodes.gpu_count[0]} GPUs idle"


POLICY: type[FilterScorer] = GpuPacking
