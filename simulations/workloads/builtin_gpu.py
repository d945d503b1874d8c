"""A small GPU cluster of our own in the shape of the openb trace, for GPU packing without the real data.

40 nodes of six models with 220 GPUs, and 300 pods from a mix that leaves what makes packing hard: mostly shares of one
GPU in a few popular sizes and whole GPUs, some jobs on 2, 4 and 8, some pods with CPU only, and a few that insist on a
model. How many there are of each is the same for every seed (they ask for 107 % of the GPUs), which ones is not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulations.errors import InputError
from simulations.workloads.openb import TraceNodes, TracePods


class _NodeKind(NamedTuple):
    nodes: int
    model: str
    gpus: int
    cpu_milli: int
    memory_mib: int


class _PodKind(NamedTuple):
    weight: float
    num_gpu: int
    gpu_milli: int
    cpu_milli: tuple[int, ...]


_NODES = (
    _NodeKind(16, "G2", 8, 96_000, 393_216),
    _NodeKind(10, "T4", 2, 104_000, 524_288),
    _NodeKind(4, "V100M16", 4, 32_000, 131_072),
    _NodeKind(4, "P100", 2, 64_000, 262_144),
    _NodeKind(3, "G3", 8, 128_000, 786_432),
    _NodeKind(3, "V100M32", 8, 96_000, 786_432),
)
_PODS = (
    _PodKind(0.16, 0, 0, (4_000, 8_000, 12_500)),
    _PodKind(0.07, 1, 250, (3_000, 4_000)),
    _PodKind(0.15, 1, 470, (6_000, 8_000, 11_900)),
    _PodKind(0.06, 1, 650, (8_000, 11_900)),
    _PodKind(0.16, 1, 810, (3_200,)),
    _PodKind(0.35, 1, 1000, (3_200, 9_800, 11_400, 15_700)),
    _PodKind(0.03, 2, 1000, (16_000, 24_000)),
    _PodKind(0.01, 4, 1000, (32_000,)),
    _PodKind(0.01, 8, 1000, (64_000,)),
)
_SPECS = ("G2|G3", "T4", "V100M16|V100M32")
_SPEC_SHARE = 0.08  # of the pods with one GPU
_MIB_PER_CPU_MILLI = (2, 4)


def builtin_gpu_cluster(seed: int = 0, *, pods: int = 300) -> tuple[TraceNodes, TracePods]:
    """The nodes, which are always the same, and that many pods. Same seed, same bytes."""
    if seed < 0 or pods < 1:
        raise InputError(f"seed must be >= 0 and pods >= 1, got {seed} and {pods}")
    rng = np.random.default_rng(seed)
    kinds = [kind for kind in _NODES for _ in range(kind.nodes)]
    nodes = TraceNodes(
        names=tuple(f"node-{i:04d}" for i in range(len(kinds))),
        cpu_milli=np.array([kind.cpu_milli for kind in kinds]),
        memory_mib=np.array([kind.memory_mib for kind in kinds]),
        gpu_count=np.array([kind.gpus for kind in kinds]),
        models=tuple(kind.model for kind in kinds),
    )
    until = np.cumsum([kind.weight for kind in _PODS])
    dealt = np.searchsorted(until, (np.arange(pods) + 0.5) / pods * until[-1])  # each kind by its weight, no chance
    drawn = [_PODS[i] for i in rng.permutation(dealt).tolist()]
    cpu = np.array([kind.cpu_milli[int(rng.integers(len(kind.cpu_milli)))] for kind in drawn])
    picky = (rng.uniform(size=pods) < _SPEC_SHARE).tolist()
    specs = rng.integers(len(_SPECS), size=pods).tolist()
    width = max(4, len(str(pods - 1)))
    return nodes, TracePods(
        names=tuple(f"pod-{i:0{width}d}" for i in range(pods)),
        cpu_milli=cpu,
        memory_mib=cpu * rng.choice(_MIB_PER_CPU_MILLI, size=pods),
        num_gpu=np.array([kind.num_gpu for kind in drawn]),
        gpu_milli=np.array([kind.gpu_milli for kind in drawn]),
        gpu_spec=tuple(
            _SPECS[spec] if kind.num_gpu == 1 and choosy else ""
            for kind, choosy, spec in zip(drawn, picky, specs, strict=True)
        ),
    )
