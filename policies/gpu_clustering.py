"""GPU pods of one shape together: shared ones with shared ones, pairs with pairs, eights with eights.

    base = (25 · (gpu_scale - idle milli on the node)) // gpu_scale
    score = base + 75  when the node's GPU pods are all of this shape
            base + 50  when some are
            base + 25  when it has none
            base       otherwise

out of 100. GpuClustering of the GPU packing experiments (see `fragmentation`). A pod without GPU gets no opinion.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.contract import PARAMETERS, FilterScorer, Floats
from policies.model.pod import PodClass, gpu_group
from policies.model.snapshot import Snapshot

_STEPS = 100.0
_BASE, _ONLY, _SOME, _NONE = 25, 75, 50, 25


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class GpuClustering(FilterScorer):
    """Puts GPU pods of the same shape (shared, 1, 2, 4, 8 GPUs) on the same nodes."""

    gpu_scale_milli: Annotated[int, Field(gt=0)] = 8_000

    def concerns(self, pod: PodClass) -> bool:
        return pod.gpu is not None

    def key(self, pod: PodClass) -> Hashable:
        return gpu_group(pod.gpu) if pod.gpu else None

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if pod.gpu is None:
            return None
        idle = np.clip(nodes.gpu_free_milli.sum(axis=1), 0, self.gpu_scale_milli)
        base = _BASE * (self.gpu_scale_milli - idle) // self.gpu_scale_milli
        mine = nodes.count(gpu_group(pod.gpu))
        others = sum((nodes.count(group) for group in nodes.groups("gpu:")), np.zeros(len(nodes), np.int64)) - mine
        bonus = np.where(mine > 0, np.where(others > 0, _SOME, _ONLY), np.where(others > 0, 0, _NONE))
        score: Floats = (base + bonus) / _STEPS
        return score

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        if pod.gpu is None:
            return "no GPU asked for"
        mine = int(nodes.count(gpu_group(pod.gpu))[0])
        others = sum(int(nodes.count(group)[0]) for group in nodes.groups("gpu:")) - mine
        return f"{mine} pods of its shape, {others} others with GPU"


POLICY: type[FilterScorer] = GpuClustering
