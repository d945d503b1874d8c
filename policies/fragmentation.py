"""Keep GPUs usable: Fragmentation Gradient Descent (FGD).

Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent", USENIX
ATC 2023.

A node's idle GPU is *fragmented* as far as the pods that typically come could not use it: F(node) is the expected
idle milli-GPU that a pod drawn from the typical mix cannot take, because no GPU has enough left, the CPU is short,
or the model is not allowed (a pod without GPU leaves all of it unused). A pod goes where it makes F grow least:

    score = trunc(100 · sigmoid((F(before) - F(after)) / 1000)) / 100

over the GPUs that it might share, the best one counts, and that GPU it gets. **The truncation matters**: it makes
many nodes equal, and equals are taken in a fixed order, which fills node after node; with exact scores 0.95 points
of allocation are lost on the published trace.

Sums run in the order of the mix, per kind of fragment, so that results are the same to the last bit everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import field
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.contract import PARAMETERS, FilterScorer, Floats, best_devices
from policies.engine.fit import allowed_devices
from policies.engine.needs import needed
from policies.engine.typical import DEFAULT_MIX, Typical
from policies.model.gpu import WHOLE_GPU_MILLI, GpuRequest
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

Ints = npt.NDArray[np.int64]
Index = npt.NDArray[np.intp]
Milli = npt.NDArray[np.int32]
Whole = npt.NDArray[np.integer[Any]]

_Q1, _Q2, _Q4, _XL, _XR, _NA = range(6)  # kinds of fragments, summed in this order
_KINDS = 6
_FITS_CPU, _FITS_GPU, _FITS_MODEL, _FITS_ALL = 1, 2, 4, 7
_STEPS = 100.0  # of the score
_FEW = 16  # nodes up to which looking for equal devices costs more than it saves


class Mix:
    """Typical pods as columns. `fragments` computes F for many node states at once.

    Per state there are only a few different shares to compare with (levels) and eight ways in which a typical pod
    may fail to fit (bits: CPU, GPU, model), which a table turns into the kind of fragment.
    """

    def __init__(self, typical: Iterable[Typical]) -> None:
        pods = self.pods = tuple(typical)
        self.cpu: Ints = np.array([[pod.cpu_milli] for pod in pods], dtype=np.int64)
        self.count = np.array([[pod.gpu_count] for pod in pods], dtype=np.int64)
        self.frequency: Floats = np.array([[pod.frequency] for pod in pods])
        self.has_gpu = np.array([[pod.gpu_milli > 0] for pod in pods])
        self.any_models = any(pod.models for pod in pods)
        levels, self.level = np.unique([pod.gpu_milli for pod in pods], return_inverse=True)
        self.levels = levels.reshape(-1, 1, 1).astype(np.int32)
        self.kinds: Ints = np.array([[_kind(pod, bits) for bits in range(8)] for pod in pods]).ravel()
        self.first: Ints = np.arange(len(pods)).reshape(-1, 1) * 8
        self._allowed: dict[tuple[str, ...], npt.NDArray[np.int8]] = {}

    def fragments(
        self, cpu: Ints, gpus: npt.NDArray[np.integer[Any]], model: npt.NDArray[np.int16], models: tuple[str, ...]
    ) -> Floats:
        """F in milli-GPU for each of S states: *cpu* (S) left, *gpus* (S, devices) left, *model* (S) of the devices."""
        states, devices = gpus.shape
        room = np.sort(np.maximum(gpus, 0), axis=1)  # an over-committed one has nothing left
        below = np.zeros((states, devices + 1), dtype=np.int32)
        np.cumsum(room, axis=1, out=below[:, 1:])  # idle milli on the k GPUs with the least room
        too_small = (room < self.levels).sum(axis=2, dtype=np.int8)  # (levels, S)
        unusable = below[np.arange(states), too_small][self.level]
        fits = (too_small[self.level] <= devices - self.count).view(np.int8) * _FITS_GPU
        fits += cpu >= self.cpu
        fits += self._model_bits(models)[:, model] if self.any_models else _FITS_MODEL
        amount = self.frequency * np.where((fits == _FITS_ALL) & self.has_gpu, unusable, below[:, devices])
        # bincount adds in order, so each (kind, state) is summed in the order of the mix whatever the shapes are
        bins = self.kinds[self.first + fits] * states
        bins += np.arange(states)
        sums = np.bincount(bins.ravel(), weights=amount.ravel(), minlength=_KINDS * states).reshape(_KINDS, states)
        total: Floats = sums[_Q1] + sums[_Q2] + sums[_Q4] + sums[_XL] + sums[_XR] + sums[_NA]
        return total

    def _model_bits(self, models: tuple[str, ...]) -> npt.NDArray[np.int8]:
        """(typical pods, models + 1): _FITS_MODEL where it may run on that model; last, a node without GPU."""
        known = self._allowed.get(models)
        if known is None:
            allowed = np.array(
                [[not pod.models or model in pod.models for model in (*models, "")] for pod in self.pods]
            )
            known = self._allowed[models] = allowed.astype(np.int8) * np.int8(_FITS_MODEL)
        return known


def _kind(pod: Typical, bits: int) -> int:
    """The kind of fragment that idle GPU is for a typical pod which fits in the ways that *bits* say."""
    cpu = bits & _FITS_CPU
    if not pod.gpu_milli:
        return _XL if cpu else _XR
    if not bits & _FITS_MODEL:
        return _NA
    if bits & _FITS_GPU:
        return _Q2 if cpu else _Q4
    return _Q2 if cpu else _Q1


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Fragmentation(FilterScorer):
    """FGD: places GPU pods where the least idle GPU becomes useless for the pods that typically come."""

    typical: Annotated[tuple[Typical, ...], Field(min_length=1)] = DEFAULT_MIX
    mix: Any = field(init=False, repr=False, compare=False)

    aliases: ClassVar[tuple[str, ...]] = ("fgd",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mix", Mix(self.typical))

    def key(self, pod: PodClass) -> Hashable:
        return pod.request("cpu"), pod.gpu

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        by_device = self.score_devices(nodes, pod)
        if by_device is not None:
            return best_devices(by_device)[0]
        gpus = nodes.gpu_free_milli
        if not gpus.shape[1]:
            return None  # no GPU anywhere, nothing to fragment
        fits = nodes.free("cpu") >= pod.request("cpu")
        after = gpus
        if pod.gpu is not None:
            usable = _usable(nodes, pod, pod.gpu)
            taken = usable & (usable.cumsum(axis=1) <= pod.gpu.count)  # the lowest-index free ones
            fits &= taken.sum(axis=1) == pod.gpu.count
            after = np.where(taken, gpus - needed(nodes, pod.gpu), gpus)
        rows = np.flatnonzero(fits)
        score = np.zeros(len(gpus))
        score[rows] = self._score(nodes, pod, rows, after[rows])
        return score

    def score_devices(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        gpus = nodes.gpu_free_milli
        if pod.gpu is None or not pod.gpu.is_one_share or not gpus.shape[1]:
            return None
        milli = needed(nodes, pod.gpu)
        usable = _usable(nodes, pod, pod.gpu) & (nodes.free("cpu") >= pod.request("cpu"))[:, None]
        if len(gpus) > _FEW:  # devices of a node with equal room come to the same; the first one stands for all
            again = (gpus[:, :, None] == gpus[:, None, :]) & usable[:, None, :]
            if not isinstance(milli, int):
                again &= milli[:, :, None] == milli[:, None, :]
            usable &= ~np.tril(again, -1).any(axis=2)
        rows, device = usable.nonzero()
        after = gpus[rows]
        after[np.arange(len(rows)), device] -= milli if isinstance(milli, int) else milli[rows, device]
        score = np.full(gpus.shape, np.nan)
        score[rows, device] = self._score(nodes, pod, rows, after)
        return score

    def _score(self, nodes: Snapshot, pod: PodClass, rows: Index, after: Milli) -> Floats:
        """Of each of *rows*, which rise and may repeat, if its GPUs were then as in *after*."""
        cpu, model = nodes.free("cpu"), nodes.gpu_model[:, 0]
        first = np.ones(len(rows), dtype=np.bool_)
        np.not_equal(rows[1:], rows[:-1], out=first[1:])  # rows rise, so the same ones stand together
        there, again = rows[first], first.cumsum() - 1
        both = self.mix.fragments(
            np.concatenate((cpu[there], cpu[rows] - pod.request("cpu"))),
            np.concatenate((nodes.gpu_free_milli[there], after)),
            np.concatenate((model[there], model[rows])),
            nodes.gpu_models,
        )
        growth = (both[again] - both[len(there) :]) / WHOLE_GPU_MILLI
        score: Floats = np.trunc(_STEPS / (1 + np.exp(-growth))) / _STEPS
        return score

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        idle = int(nodes.gpu_free_milli.sum())
        if not idle:
            return "no idle GPU"
        unusable = self.mix.fragments(nodes.free("cpu"), nodes.gpu_free_milli, nodes.gpu_model[:, 0], nodes.gpu_models)
        return f"{unusable[0]:.0f} of {idle} idle milli-GPU unusable for typical pods"


def _usable(nodes: Snapshot, pod: PodClass, gpu: GpuRequest) -> npt.NDArray[np.bool_]:
    """(nodes, devices): has it enough left, and is it of a model that the pod takes."""
    usable: npt.NDArray[np.bool_] = nodes.gpu_free_milli >= needed(nodes, gpu)
    return usable & allowed_devices(nodes, pod) if gpu.models else usable


POLICY: type[FilterScorer] = Fragmentation
