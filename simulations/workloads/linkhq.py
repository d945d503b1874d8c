"""The five-edge workload of GS-LinkHQ: five unequal edge servers and a stream of small tasks.

Edges (cpu/memory/disk/gpu): 576/754.58/397.41/0, 384/1132.61/431.34/3, 864/1448.33/2343.72/8, 288/1510.6/1406.23/2
and 192/1448.33/937.48/1. Each task asks for cpu ~ Bin(5, 0.1), memory ~ Bin(20, 0.5), disk ~ Bin(20, 0.5) and
gpu ~ Bin(1, 0.01), has a deadline or none ~ Bin(1, 0.7) and lives max(60, 60 · Bin(10, 0.5)) seconds.

The source gives no units; we read cores, GiB and whole devices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from policies.model.gpu import Gpu, GpuRequest
from policies.model.node import Node
from policies.model.pod import PodClass
from simulations.errors import InputError

Ints = npt.NDArray[np.int64]

EDGES = ("edge-1", "edge-2", "edge-3", "edge-4", "edge-5")
CPU = (576.0, 384.0, 864.0, 288.0, 192.0)
MEMORY = (754.58, 1132.61, 1448.33, 1510.6, 1448.33)
DISK = (397.41, 431.34, 2343.72, 1406.23, 937.48)
GPU = (0, 3, 8, 2, 1)

_GIB = 2**30
_PODS = 1_000_000  # the source knows no limit on tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """Tasks by column, in order of arrival. `deadline` is 1 for a task that has one."""

    cpu: Ints
    memory: Ints
    disk: Ints
    gpu: Ints
    deadline: Ints
    ttl_s: Ints

    def __post_init__(self) -> None:
        for array in (self.cpu, self.memory, self.disk, self.gpu, self.deadline, self.ttl_s):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.cpu)

    def pod_class(self, task: int) -> PodClass:
        """What a task asks for, as a class of pods."""
        requests = {
            "cpu": int(self.cpu[task]) * 1000,
            "memory": int(self.memory[task]) * _GIB,
            "ephemeral-storage": int(self.disk[task]) * _GIB,
        }
        gpus = int(self.gpu[task])
        return PodClass.of(requests, gpu=GpuRequest(count=gpus) if gpus else None)


def edge_nodes() -> tuple[Node, ...]:
    """The five edges, each one node that is a site of its own."""
    return tuple(
        Node(
            name=name,
            site=name,
            allocatable={
                "cpu": round(cpu * 1000),
                "memory": round(memory * _GIB),
                "ephemeral-storage": round(disk * _GIB),
                "pods": _PODS,
            },
            gpus=(Gpu(),) * gpus,
        )
        for name, cpu, memory, disk, gpus in zip(EDGES, CPU, MEMORY, DISK, GPU, strict=True)
    )


def tasks(count: int, rng: np.random.Generator) -> Tasks:
    """That many tasks, drawn column by column."""
    if count < 0:
        raise InputError(f"tasks must be >= 0, got {count}")
    return Tasks(
        cpu=rng.binomial(5, 0.1, count),
        memory=rng.binomial(20, 0.5, count),
        disk=rng.binomial(20, 0.5, count),
        gpu=rng.binomial(1, 0.01, count),
        deadline=rng.binomial(1, 0.7, count),
        ttl_s=np.maximum(60, 60 * rng.binomial(10, 0.5, count)),
    )
