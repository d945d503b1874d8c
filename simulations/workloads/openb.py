"""Nodes and pods of the Alibaba `openb` GPU trace (Weng et al., USENIX ATC 2023), as columns in name order.

Columns: nodes `sn` (or `name`), `cpu_milli`, `memory_mib`, `gpu`, `model`; pods `name`, `cpu_milli`, `memory_mib`,
`num_gpu`, `gpu_milli` (of each GPU, 1000 = whole) and, not in all files, `gpu_spec` (allowed models joined with `|`),
`creation_time`, `deletion_time` (s). Other columns are not looked at.

What is normalised: a pod without GPUs has `gpu_milli` 0 and no `gpu_spec` whatever the file says, and so has one that
asks for 0 milli of some GPUs; more than 1000 milli of a GPU is 1000. What is refused: part of several GPUs, since a
share is always of one device. In which order the pods arrive is told by `arrivals`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from policies.model.gpu import WHOLE_GPU_MILLI
from simulations.workloads.table import Table, read_table

Ints = npt.NDArray[np.int64]

NOT_TOLD = -1  # a time that the file leaves empty

# far above any machine, far below where sums and bytes leave 64 bits: a wrong column shows itself here
_MOST = 10**9  # milli-CPU (a million cores) or MiB (a pebibyte)
_MOST_GPUS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceNodes:
    """Nodes by column, in name order. `model` is that of all GPUs of a node."""

    names: tuple[str, ...]
    cpu_milli: Ints
    memory_mib: Ints
    gpu_count: Ints
    models: tuple[str, ...]

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def gpu_capacity_milli(self) -> int:
        """Over all GPUs of all nodes."""
        return int(self.gpu_count.sum()) * WHOLE_GPU_MILLI


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePods:
    """Pods by column, in name order. `gpu_milli` is of each of `num_gpu` GPUs; an empty `gpu_spec` allows any model."""

    names: tuple[str, ...]
    cpu_milli: Ints
    memory_mib: Ints
    num_gpu: Ints
    gpu_milli: Ints
    gpu_spec: tuple[str, ...]
    created_s: Ints | None = None  # NOT_TOLD where the file leaves it empty; None: it has no such column
    deleted_s: Ints | None = None

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def total_gpu_milli(self) -> Ints:
        """Over all GPUs that each pod asks for."""
        return self.num_gpu * self.gpu_milli


def read_nodes(path: Path) -> TraceNodes:
    """The node list; it must not be empty."""
    table = read_table(path, ("cpu_milli", "memory_mib", "gpu", "model"), rows="node list")
    names = table.names(table.first_of("sn", "name"))
    order = _name_order(names)
    gpus = table.ints("gpu", at_least=0, at_most=_MOST_GPUS)
    models = table.texts("model")
    for row, model in enumerate(models):
        if gpus[row] and not model:
            table.fail(row, f"model must not be empty for a node with {gpus[row]} GPUs")
    return TraceNodes(
        names=_picked(names, order),
        cpu_milli=table.ints("cpu_milli", at_least=0, at_most=_MOST)[order],
        memory_mib=table.ints("memory_mib", at_least=0, at_most=_MOST)[order],
        gpu_count=gpus[order],
        models=_picked(models, order),
    )


def read_pods(path: Path) -> TracePods:
    """The pod list, normalised; it must not be empty."""
    table = read_table(path, ("name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"))
    names = table.names("name")
    order = _name_order(names)
    gpu_milli = np.minimum(table.ints("gpu_milli", at_least=0), WHOLE_GPU_MILLI)
    num_gpu = table.ints("num_gpu", at_least=0, at_most=_MOST_GPUS)
    partial = np.flatnonzero((num_gpu > 1) & (gpu_milli > 0) & (gpu_milli < WHOLE_GPU_MILLI))
    if len(partial):
        row = int(partial[0])
        count = num_gpu[row]
        table.fail(row, f"gpu_milli must be {WHOLE_GPU_MILLI} for a pod with num_gpu {count}, got {gpu_milli[row]}")
    asks = (num_gpu > 0) & (gpu_milli > 0)
    specs = table.texts("gpu_spec") if table.has("gpu_spec") else [""] * len(names)
    specs = [spec if ask else "" for spec, ask in zip(specs, asks.tolist(), strict=True)]
    created, deleted = _times(table, "creation_time"), _times(table, "deletion_time")
    if created is not None and deleted is not None:
        backwards = np.flatnonzero((deleted != NOT_TOLD) & (deleted < created))
        if len(backwards):
            row = int(backwards[0])
            table.fail(row, f"deletion_time must be >= creation_time {created[row]}, got {deleted[row]}")
    return TracePods(
        names=_picked(names, order),
        cpu_milli=table.ints("cpu_milli", at_least=0, at_most=_MOST)[order],
        memory_mib=table.ints("memory_mib", at_least=0, at_most=_MOST)[order],
        num_gpu=np.where(asks, num_gpu, 0)[order],
        gpu_milli=np.where(asks, gpu_milli, 0)[order],
        gpu_spec=_picked(specs, order),
        created_s=None if created is None else created[order],
        deleted_s=None if deleted is None else deleted[order],
    )


def _times(table: Table, column: str) -> Ints | None:
    return table.ints(column, at_least=NOT_TOLD, empty=NOT_TOLD) if table.has(column) else None


def _name_order(names: list[str]) -> npt.NDArray[np.intp]:
    return np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.intp)


def _picked(texts: list[str], order: npt.NDArray[np.intp]) -> tuple[str, ...]:
    return tuple([texts[i] for i in order.tolist()])


def _freeze(columns: TraceNodes | TracePods) -> None:
    for each in fields(columns):
        value = getattr(columns, each.name)
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
