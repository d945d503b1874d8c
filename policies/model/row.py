"""One node's row in the columns: all that it tells of itself, with nothing on it yet.

The pods there are charged to it by whoever knows them, see `placement`.
"""

from __future__ import annotations

import numpy as np

from policies.model.columns import Columns
from policies.model.gpu import WHOLE_GPU_MILLI
from policies.model.node import USAGE_KINDS, Node


def write(columns: Columns, node: Node, slot: int, *, is_new: bool) -> None:
    """Write the node into a slot that the columns have room for; of one that was there already usage stays."""
    arrays = columns.arrays
    arrays["name"][slot] = node.name
    arrays["labels"][slot] = node.labels
    arrays["taints"][slot] = node.taints
    arrays["ready"][slot] = node.ready
    for index, resource in enumerate(columns.resources):
        arrays["allocatable"][index, slot] = arrays["free"][index, slot] = node.allocatable.get(resource, 0)
    for index, kind in enumerate(USAGE_KINDS):
        if is_new or kind in node.usage:  # what it does not tell may have come by set_usage
            arrays["usage"][index, slot] = node.usage.get(kind, np.nan)
    _write_devices(columns, node, slot)
    _write_zones(columns, node, slot)


def _write_devices(columns: Columns, node: Node, slot: int) -> None:
    arrays = columns.arrays
    arrays["gpu_count"][slot] = len(node.gpus)
    arrays["gpu_free_milli"][slot] = 0
    arrays["gpu_model"][slot] = arrays["gpu_kind"][slot] = -1
    for device, gpu in enumerate(node.gpus):
        if gpu.healthy:
            arrays["gpu_free_milli"][slot, device] = WHOLE_GPU_MILLI
            arrays["gpu_model"][slot, device] = columns.models.index(gpu.model)
            arrays["gpu_kind"][slot, device] = columns.kinds.index(gpu.kind)


def _write_zones(columns: Columns, node: Node, slot: int) -> None:
    arrays = columns.arrays
    arrays["numa_zones"][slot] = len(node.numa)
    for names, amounts in (
        (("numa_cpu_milli", "numa_cpu_total_milli"), [zone.cpu_milli for zone in node.numa]),
        (("numa_memory_bytes", "numa_memory_total_bytes"), [zone.memory_bytes for zone in node.numa]),
    ):
        for name in names:
            arrays[name][slot] = 0
            arrays[name][slot, : len(amounts)] = amounts
