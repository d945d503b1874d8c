"""In which order the pods of a GPU trace arrive, and how ties between nodes break: drawn with a seed, or recorded.

The published experiment shuffles the pods, then tunes the load: clones of random pods are appended until 130 % of the
GPU capacity has arrived, or random pods are dropped when there are more. The first pod that would overshoot ends the
tuning up, smaller ones are not tried; the test counts the milli of one GPU of that pod and not of all, so the sum may
end up to 7000 milli over the target (a pod with 8 GPUs). Both are the experiment's, kept since we compare with it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from policies.model.site import suggestion
from simulations.errors import InputError
from simulations.workloads.arrays import array_names, read_arrays
from simulations.workloads.openb import TraceNodes, TracePods

Index = npt.NDArray[np.intp]

_MOST_CLONES = 1e7
_RECORDED = re.compile(r"(?P<trace>.+)_(?P<seed>\d+)_(?:order|rank)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """`order`: indices into the pods, as they arrive. `rank`: of equal nodes the one with the lowest rank is taken."""

    order: Index
    rank: Index

    def __post_init__(self) -> None:
        self.order.flags.writeable = self.rank.flags.writeable = False


def inflate(pods: TracePods, ratio: float, capacity_milli: int, rng: np.random.Generator) -> Index:
    """All pods in random order, then clones (or fewer pods) until *ratio* × *capacity_milli* of GPU arrives.

    A ratio of 1 leaves the pods as many as they are, as the experiment has it.
    """
    if not (ratio > 0 and math.isfinite(ratio)):
        raise InputError(f"inflate must be > 0 and finite, got {ratio}")
    if capacity_milli < 0:
        raise InputError(f"GPU capacity must be >= 0, got {capacity_milli}")
    arrivals = rng.permutation(len(pods))
    if ratio == 1:
        return arrivals
    if pods.total_gpu_milli.sum() < ratio * capacity_milli:
        return np.concatenate([arrivals, _clones(pods, ratio, capacity_milli, rng)])
    total, asked = pods.total_gpu_milli.tolist(), int(pods.total_gpu_milli.sum())
    kept = arrivals.tolist()
    while asked > ratio * capacity_milli:
        asked -= total[kept.pop(int(rng.integers(len(kept))))]
    return np.array(kept, dtype=np.intp)


def _clones(pods: TracePods, ratio: float, capacity_milli: int, rng: np.random.Generator) -> Index:
    each, total = pods.gpu_milli.tolist(), pods.total_gpu_milli.tolist()
    asked, target = sum(total), ratio * capacity_milli
    if asked == 0:
        raise InputError(f"inflate {ratio}: no pod of the trace asks for a GPU, so clones never fill the GPUs")
    expected = (target - asked) / (asked / len(pods))
    if expected > _MOST_CLONES:
        raise InputError(
            f"inflate {ratio}: would take about {expected:.1e} clones, at most {_MOST_CLONES:.0e} are made"
        )
    clones: list[int] = []
    while True:  # drawn in blocks: one call a pod costs more than all the rest
        for pod in rng.integers(len(pods), size=len(pods)).tolist():
            if asked + each[pod] > target:
                return np.array(clones, dtype=np.intp)
            asked += total[pod]
            clones.append(pod)


def arrival_order(pods: TracePods, nodes: TraceNodes, *, ratio: float, seed: int) -> Arrivals:
    """Drawn with our own generator: same trace, ratio and seed, same arrivals."""
    if seed < 0:
        raise InputError(f"seed must be >= 0, got {seed}")
    rng = np.random.default_rng(seed)
    order = inflate(pods, ratio, nodes.gpu_capacity_milli, rng)
    return Arrivals(order=order, rank=rng.permutation(len(nodes)))


def recorded_order(path: Path, trace: str, seed: int, *, pods: TracePods, nodes: TraceNodes) -> Arrivals:
    """The arrays `<trace>_<seed>_order` and `…_rank` of an `.npz`, checked to be of these pods and nodes."""
    recorded: dict[str, set[int]] = {}
    present = array_names(path)
    for match in filter(None, map(_RECORDED.fullmatch, present)):
        recorded.setdefault(match["trace"], set()).add(int(match["seed"]))
    if trace not in recorded:
        raise InputError(f"{path}: no recorded trace {trace!r}{suggestion(trace, recorded)}")
    names = [f"{trace}_{seed}_{part}" for part in ("order", "rank")]
    if not set(names) <= set(present):
        seeds = ", ".join(map(str, sorted(recorded[trace])))
        raise InputError(f"{path}: no recorded seed {seed} of trace {trace}, it has {seeds}")
    arrays = read_arrays(path, names)
    for name, array in arrays.items():
        if array.ndim != 1 or array.dtype.kind not in "iu":
            got = f"{array.dtype} of shape {array.shape}"
            raise InputError(f"{path}: {name} must be a list of whole numbers, got {got}")
    order, rank = (arrays[name].astype(np.intp) for name in names)
    if not len(order):
        raise InputError(f"{path}: {names[0]} is empty")
    outside = np.flatnonzero((order < 0) | (order >= len(pods)))
    if len(outside):
        row = int(outside[0])
        wanted = f"from 0 to {len(pods) - 1} for {len(pods)} pods"
        raise InputError(f"{path}: {names[0]}[{row}] must be {wanted}, got {order[row]}")
    if not np.array_equal(np.sort(rank), np.arange(len(nodes))):
        got = f"{len(rank)} ranks up to {rank.max(initial=-1)}"
        raise InputError(f"{path}: {names[1]} must rank {len(nodes)} nodes from 0 without repeats, got {got}")
    return Arrivals(order=order, rank=rank)
