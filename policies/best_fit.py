"""The node that would have the least CPU and GPU left over, both counted in parts of a large node.

    left = 0.5 · (cpu left after) / cpu_scale_milli + 0.5 · (gpu left after) / gpu_scale_milli
    score = trunc((1 - left) · 100) / 100

BestFit of the GPU packing experiments (see `fragmentation`), where the scales are those of the largest nodes. The
published rule then stretches the scores of the feasible nodes over 0..100, which changes neither the best node nor the
ties, and would make one node's score depend on all others; so we leave it out.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.contract import PARAMETERS, FilterScorer, Floats
from policies.engine.needs import needed_in_all, total_key
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

_STEPS = 100.0


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class BestFit(FilterScorer):
    """Fills the node that is left with the least CPU and GPU, so that large gaps stay for large pods."""

    cpu_scale_milli: Annotated[int, Field(gt=0)] = 128_000
    gpu_scale_milli: Annotated[int, Field(gt=0)] = 8_000

    def key(self, pod: PodClass) -> Hashable:
        return pod.request("cpu"), total_key(pod.gpu)

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        return np.clip(np.trunc((1 - self._left(nodes, pod)) * _STEPS), 0, _STEPS) / _STEPS

    def _left(self, nodes: Snapshot, pod: PodClass) -> Floats:
        cpu = (nodes.free("cpu") - pod.request("cpu")) / self.cpu_scale_milli * 0.5
        gpu_milli = nodes.gpu_free_milli.sum(axis=1) - (needed_in_all(nodes, pod.gpu) if pod.gpu else 0)
        left: Floats = cpu + gpu_milli / self.gpu_scale_milli * 0.5
        return left

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        return f"{self._left(nodes, pod)[0]:.1%} of a large node left over"


POLICY: type[FilterScorer] = BestFit
