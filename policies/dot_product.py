"""Nodes whose free CPU and GPU lie least in the direction of the request.

    d = (cpu left / cpu_scale) · (cpu asked / cpu_scale) + (gpu left / gpu_scale) · (gpu asked / gpu_scale)
    score = trunc(100 · (1 - d / 2)) / 100

DotProd of the GPU packing experiments (see `fragmentation`), GPUs of a node taken together, scales of the largest
nodes.
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
_DIMENSIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class DotProduct(FilterScorer):
    """Prefers the node with the smallest dot product of what is left and what is asked, CPU and GPU."""

    cpu_scale_milli: Annotated[int, Field(gt=0)] = 128_000
    gpu_scale_milli: Annotated[int, Field(gt=0)] = 8_000

    def key(self, pod: PodClass) -> Hashable:
        return pod.request("cpu"), total_key(pod.gpu)

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        return np.clip(np.trunc(_STEPS * (1 - self._product(nodes, pod) / _DIMENSIONS)), 0, _STEPS) / _STEPS

    def _product(self, nodes: Snapshot, pod: PodClass) -> Floats:
        cpu = (nodes.free("cpu") / self.cpu_scale_milli) * (pod.request("cpu") / self.cpu_scale_milli)
        asked = (needed_in_all(nodes, pod.gpu) if pod.gpu else 0) / self.gpu_scale_milli
        product: Floats = cpu + (nodes.gpu_free_milli.sum(axis=1) / self.gpu_scale_milli) * asked
        return product

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        return f"dot product {self._product(nodes, pod)[0]:.3g}"


POLICY: type[FilterScorer] = DotProduct
