"""Where a pod is and what it holds there: resources of its node, GPUs, and a NUMA zone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from policies.errors import ModelError
from policies.model.columns import Columns
from policies.model.gpu import NEVER_MILLI, WHOLE_GPU_MILLI, GpuRequest, best_fit_devices, needed_milli
from policies.model.node import Node
from policies.model.pod import Pod, PodClass

_FORGOTTEN_GROUPS = 1024  # groups without pods whose last change is still kept for readers that are behind
_CLASSES = 100_000  # whose needs are kept

# The columns that `Charges` writes, and no others.
CHARGED = ("free", "gpu_free_milli", "numa_cpu_milli", "numa_memory_bytes")


class Placement(NamedTuple):  # one is made for each pod that is bound, and a frozen dataclass takes three times as long
    """Where a pod is: its node, the GPUs that it holds and the NUMA zone that it is aligned to (-1: none)."""

    pod: Pod
    node: str
    devices: tuple[int, ...] = ()
    zone: int = -1

    @property
    def is_seated(self) -> bool:
        """Holds the GPUs and the zone that its class wants; not so when the node was not told yet as it was bound."""
        pod = self.pod.of
        return (pod.gpu is None or bool(self.devices)) and (not pod.topology_aware or self.zone >= 0)


def seats(
    columns: Columns, pod: PodClass, slot: int | None, devices: tuple[int, ...] | None
) -> tuple[tuple[int, ...], int]:
    """The GPUs and the NUMA zone that a pod gets on a node: *devices* if they are given, else the best fitting."""
    if slot is None:
        return devices or (), -1
    arrays = columns.arrays
    if pod.gpu is not None and devices is None:
        wanted = {code for code, model in enumerate(columns.models) if model in pod.gpu.models}
        count = int(arrays["gpu_count"][slot])
        free = arrays["gpu_free_milli"][slot, :count].tolist()
        allowed = [not pod.gpu.models or code in wanted for code in arrays["gpu_model"][slot, :count].tolist()]
        needed = [_needed_milli(columns, pod.gpu, slot, device) for device in range(count)]
        devices = best_fit_devices(free, allowed, needed, pod.gpu.count)
        if not devices:  # it runs there, whatever our books say: on the emptiest, which are then over-committed
            emptiest = sorted(range(count), key=lambda device: (-free[device], device))
            devices = tuple(sorted(emptiest[: pod.gpu.count]))
    zone = -1
    if pod.topology_aware and arrays["numa_zones"][slot]:
        cpu, memory = arrays["numa_cpu_milli"][slot], arrays["numa_memory_bytes"][slot]
        fits = np.flatnonzero((cpu >= pod.request("cpu")) & (memory >= pod.request("memory")))
        zone = int(fits[cpu[fits].argmin()]) if len(fits) else -1
    return devices or (), zone


def _needed_milli(columns: Columns, gpu: GpuRequest, slot: int, device: int) -> int:
    if not gpu.varies:
        return gpu.milli
    kind = columns.arrays["gpu_kind"][slot, device]
    return needed_milli(gpu, columns.kinds[kind]) if kind >= 0 else NEVER_MILLI


def check_devices(pod: Pod, node: Node | None, devices: tuple[int, ...] | None) -> None:
    """ModelError when a pod cannot have those GPUs of a node; of a node that is not known only their number is."""
    if not devices:
        return
    wanted = pod.of.gpu.count if pod.of.gpu else 0
    if len(set(devices)) != len(devices) or len(devices) != wanted:
        raise ModelError(f"pod {pod.uid}: devices must be {wanted} different ones, got {devices}")
    has = len(node.gpus) if node and node.gpus else max(devices) + 1  # its device plugin may not have told yet
    if min(devices) < 0 or max(devices) >= has:
        raise ModelError(f"pod {pod.uid}: devices must be from 0 to {has - 1} on a node with {has} GPUs, got {devices}")


def count(columns: Columns, pod: PodClass, slot: int, change: int) -> None:
    """One pod more or less of each of its groups on a node."""
    for key in pod.groups:
        members = columns.groups.setdefault(key, {})
        left = members.get(slot, 0) + change
        if left > 0:
            members[slot] = left
        else:
            members.pop(slot, None)
            if not members:
                del columns.groups[key]
        columns.group_version.pop(key, None)  # taken out and put back: the dict stays in order of change
        columns.group_version[key] = columns.version + 1
    if len(columns.group_version) > _FORGOTTEN_GROUPS + 2 * len(columns.groups):
        columns.forget_groups()


class Charges:
    """Takes from a node's columns what placements hold, and gives it back."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._needs: dict[PodClass, list[tuple[int, int]]] = {}  # class → (resource index, amount)

    def reshaped(self) -> None:
        """The columns have other resources now."""
        self._needs.clear()

    def charge(self, placement: Placement, slot: int, *, sign: int, recount: bool = True) -> None:
        """Add *sign* times what the placement holds to what is free; its groups are counted unless told not to."""
        pod = placement.pod.of
        arrays = self._columns.arrays
        needs = self._needs.get(pod)
        if needs is None:
            index = {resource: i for i, resource in enumerate(self._columns.resources)}
            needs = [(index[name], amount) for name, amount in pod.requests if name in index]
            needs.append((index["pods"], 1))
            if len(self._needs) >= _CLASSES:
                self._needs.clear()
            self._needs[pod] = needs
        free = arrays["free"]
        for resource, amount in needs:
            free[resource, slot] += sign * amount
        if pod.gpu is not None:
            for device in placement.devices:
                if device < arrays["gpu_count"][slot]:
                    milli = pod.gpu.milli
                    if pod.gpu.varies:  # one that runs where it cannot takes all of the device
                        milli = min(_needed_milli(self._columns, pod.gpu, slot, device), WHOLE_GPU_MILLI)
                    arrays["gpu_free_milli"][slot, device] += sign * milli
        if placement.zone >= 0 and placement.zone < arrays["numa_zones"][slot]:
            arrays["numa_cpu_milli"][slot, placement.zone] += sign * pod.request("cpu")
            arrays["numa_memory_bytes"][slot, placement.zone] += sign * pod.request("memory")
        if pod.groups and recount:
            count(self._columns, pod, slot, -sign)
