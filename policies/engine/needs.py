"""What a request takes of each GPU of each node.

Mostly that is one number: so many milli, whatever the device. A share that is asked for in MiB is another part of each
kind of card; but of kinds there are few, so it is a table of a handful of numbers, looked up by each device's code. A
table of equal numbers is one number again: cards of one kind cost nothing.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from policies.engine.contract import Ints
from policies.model.gpu import NEVER_MILLI, WHOLE_GPU_MILLI, GpuKind, GpuRequest, needed_milli
from policies.model.snapshot import Snapshot

Milli = npt.NDArray[np.int32]

_TABLES = 4096


def needed(nodes: Snapshot, gpu: GpuRequest) -> int | Milli:
    """Milli of any device, or (nodes, devices) where they differ; above 1000 for one that cannot serve it."""
    if not gpu.varies:
        return gpu.milli
    table = _table(gpu, nodes.gpu_kinds)
    if isinstance(table, int):
        return table
    by_device: Milli = table[nodes.gpu_kind]
    return by_device


def needed_in_all(nodes: Snapshot, gpu: GpuRequest) -> int | Ints:
    """Milli of any node, or (nodes): over those of its devices that need the least for it."""
    if not gpu.varies:
        return gpu.total_milli
    milli = needed(nodes, gpu)
    if isinstance(milli, int):
        return min(milli, WHOLE_GPU_MILLI) * gpu.count
    least = np.sort(np.minimum(milli, WHOLE_GPU_MILLI), axis=1)[:, : gpu.count]
    total: Ints = least.sum(axis=1, dtype=np.int64)
    return total


def total_key(gpu: GpuRequest | None) -> Hashable:
    """What `needed_in_all` depends on besides the node."""
    if gpu is None:
        return 0
    return gpu if gpu.varies else gpu.total_milli


@lru_cache(maxsize=_TABLES)
def _table(gpu: GpuRequest, kinds: tuple[GpuKind, ...]) -> int | Milli:
    by_kind = [needed_milli(gpu, kind) for kind in kinds]
    if len(set(by_kind)) == 1:
        return by_kind[0]
    table = np.array([*by_kind, NEVER_MILLI], dtype=np.int32)  # the last: no device there
    table.flags.writeable = False
    return table
