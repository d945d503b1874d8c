"""GEdge's GMostRequestedPriority, which in spite of its name prefers the **emptiest** node.

    points = (100 - cpu %) + (100 - memory %) + 200 · free GPUs, the last only when the pod asks for GPUs
    score = points / 200                                without GPU
            points / (200 + 200 · most_gpus), at most 1     with

Percentages are of requested over allocatable, before the pod is placed. Points are divided by the most that a node with
`most_gpus` free GPUs can have, so that the score of a node does not depend on the others; more GPUs than that count as
that many. A GPU is free when it can take the pod's request, so a shared one may count.

For filling nodes, take `binpack`.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.contract import PARAMETERS, FilterScorer, Floats, Ints
from policies.engine.fit import allowed_devices
from policies.engine.needs import needed
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

_EMPTY = 200.0  # CPU and memory both at 0 %
_GPU = 200.0


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class GMostRequestedPriority(FilterScorer):
    """GEdge: the emptiest node by CPU, memory and, for pods with GPU, free GPUs (its name says the opposite)."""

    most_gpus: Annotated[int, Field(ge=1)] = 8  # of one node

    aliases: ClassVar[tuple[str, ...]] = ("GMostRequestPriority", "MostRequestedPriority")

    def key(self, pod: PodClass) -> Hashable:
        if pod.gpu is None or pod.gpu.varies:
            return pod.gpu
        return pod.gpu.milli, pod.gpu.models

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        points = 200 - _percent(nodes, "cpu") - _percent(nodes, "memory")
        most = _EMPTY
        if pod.gpu is not None:
            points = points + _GPU * _free_gpus(nodes, pod)
            most += _GPU * self.most_gpus
        return np.clip(points / most, 0, 1)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        words = f"cpu {_percent(nodes, 'cpu')[0]:.0f} %, memory {_percent(nodes, 'memory')[0]:.0f} % requested"
        return words if pod.gpu is None else f"{words}, {_free_gpus(nodes, pod)[0]} GPUs free"


def _percent(nodes: Snapshot, resource: str) -> Floats:
    """Requested of allocatable; 100 on a node that has none of it, since none is free there."""
    has = nodes.allocatable(resource)
    share = np.where(has > 0, nodes.requested(resource) / np.maximum(has, 1), 1.0)
    percent: Floats = np.clip(share, 0, 1) * 100
    return percent


def _free_gpus(nodes: Snapshot, pod: PodClass) -> Ints:
    if pod.gpu is None:
        return np.zeros(len(nodes), dtype=np.int64)
    free: Ints = (allowed_devices(nodes, pod) & (nodes.gpu_free_milli >= needed(nodes, pod.gpu))).sum(axis=1)
    return free


POLICY: type[FilterScorer] = GMostRequestedPriority
