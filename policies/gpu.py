"""Which GPU for whom: models in the order that the pod wishes, and GPU nodes kept free for those who need one.

* A pod with `edgeward.dev/gpu-models: A100|H100` gets the first model that still has room:
  score = 1 - position / number of models, of the worst device that it would get there. Other models are refused.
* A pod without GPU is kept off nodes with GPUs (`keep_free`):
  `strict` – they are a tier of their own, the last one: taken when nothing else is feasible, whatever other policies
    score;
  `score`  – 1 without, 0 with GPUs, weighed against the others' scores;
  `off`    – no opinion.

A weight can always be outvoted, and one CPU pod on an eight-GPU node can cost a job of eight, so `strict` is the
default. Tiers combine in the order of the profile: after `hint`, a place in the right site beats a free GPU; before it,
the reverse.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats, Ints
from policies.engine.fit import allowed_devices
from policies.engine.needs import needed
from policies.model.gpu import GpuRequest
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Gpu(FilterScorer):
    """Picks the GPU model in the pod's order of preference, and keeps pods without GPU off GPU nodes."""

    keep_free: Literal["strict", "score", "off"] = "strict"

    aliases: ClassVar[tuple[str, ...]] = ("gpu-model", "gpu-choice")

    def concerns(self, pod: PodClass) -> bool:
        return bool(pod.gpu.models) if pod.gpu else self.keep_free != "off"

    def key(self, pod: PodClass) -> Hashable:
        return pod.gpu

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        if pod.gpu is None or not pod.gpu.models:
            return None
        allowed: Bools = allowed_devices(nodes, pod).sum(axis=1) >= pod.gpu.count
        return allowed

    def levels(self, pod: PodClass) -> int:
        return 2 if pod.gpu is None and self.keep_free == "strict" else 1

    def tier(self, nodes: Snapshot, pod: PodClass) -> Ints | None:
        if pod.gpu is not None or self.keep_free != "strict":
            return None
        return (nodes.gpu_count > 0).astype(np.int64)

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if pod.gpu is None:
            return (nodes.gpu_count == 0).astype(np.float64) if self.keep_free == "score" else None
        if not pod.gpu.models:
            return None
        worst = len(pod.gpu.models)
        if nodes.gpu_model.shape[1] < pod.gpu.count:
            return np.zeros(len(nodes))
        position = np.sort(_positions(nodes, pod.gpu), axis=1)[:, pod.gpu.count - 1]
        score: Floats = 1 - position / worst
        return score

    def devices(self, nodes: Snapshot, pod: PodClass) -> tuple[int, ...] | None:
        """The best models first where a node has several; else it leaves the choice to others."""
        if pod.gpu is None or not pod.gpu.models:
            return None
        position = _positions(nodes, pod.gpu)[0]
        if len(set(position[position < len(pod.gpu.models)].tolist())) < 2:
            return None
        best = np.lexsort((nodes.gpu_free_milli[0], position))[: pod.gpu.count]  # the least room first, among equals
        return tuple(sorted(best.tolist()))

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        if pod.gpu is None:
            return ["no GPU asked for"] * len(nodes)
        wanted, count, names = "|".join(pod.gpu.models), pod.gpu.count, nodes.gpu_models

        def say(has: int, *models: int) -> str:
            return f"gpu {has} of {wanted} on the node ({_models(names, models)}) < {count} requested"

        return worded(say, allowed_devices(nodes, pod).sum(axis=1), *nodes.gpu_model.T)

    def hopeless(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return np.ones(len(nodes), dtype=np.bool_)  # the model is not there, free or not

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        if pod.gpu is None:
            return f"{nodes.gpu_count[0]} GPUs on the node, the pod asks for none"
        if not pod.gpu.models:
            return f"any model is right, the node has {_models(nodes.gpu_models, nodes.gpu_model[0].tolist())}"
        position = np.sort(_positions(nodes, pod.gpu)[0])[: pod.gpu.count]
        if len(position) < pod.gpu.count or position[-1] == len(pod.gpu.models):
            return f"no room on {'|'.join(pod.gpu.models)} for {pod.gpu.count}"
        return f"model {pod.gpu.models[position[-1]]}: choice {position[-1] + 1} of {len(pod.gpu.models)}"


def _positions(nodes: Snapshot, gpu: GpuRequest) -> Ints:
    """(nodes, devices): place of the device's model in the pod's list, its length where it cannot be taken now."""
    # the last entry serves code -1: no device
    of_model = [gpu.models.index(m) if m in gpu.models else len(gpu.models) for m in (*nodes.gpu_models, "")]
    of_model[-1] = len(gpu.models)
    by_device = np.array(of_model, dtype=np.int64)[nodes.gpu_model]
    return np.where(nodes.gpu_free_milli >= needed(nodes, gpu), by_device, len(gpu.models))


def _models(names: Sequence[str], codes: Iterable[int]) -> str:
    there = sorted({names[code] or "unnamed" for code in codes if code >= 0})
    return "|".join(there) or "no GPU"


POLICY: type[FilterScorer] = Gpu
