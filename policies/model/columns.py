"""The arrays behind a snapshot: one column per fact, one row (slot) per node.

A node keeps its slot while it exists; the slot of a deleted node is marked not ready and given to the next new node.
Columns are reallocated only when they are full, so a change of one pod or one node writes a handful of numbers. Each
change of a row is noted in a log, which tells a reader of version v what to look at again instead of everything.

Two marks tell how much of what was computed still holds: the number `version` grows with every changed row; `epoch` is
another object when something changed that many rows depend on (a new node, labels, sites, latency). Objects and not
numbers, so that no two clusters ever share an epoch and nobody takes one's scores for the other's.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from policies.model.gpu import GpuKind
from policies.model.latency import Latency, unmeasured
from policies.model.node import USAGE_KINDS
from policies.model.site import Sites

TAINTS = None  # in the place of a label's key: a pod may ask for any text, the empty one, too
BASE_RESOURCES = ("cpu", "memory", "ephemeral-storage", "pods")
_LOG_LENGTH = 65_536  # changes kept beyond four a node; a reader further behind looks at everything

# name → (dtype, axis of nodes, fill); a second axis, where there is one, is as wide as the widest node needs
LAYOUT: dict[str, tuple[Any, int, Any]] = {
    "name": (object, 0, ""),
    "ready": (np.bool_, 0, False),
    "site": (np.int32, 0, 0),
    "tie": (np.int64, 0, 0),
    "labels": (object, 0, None),
    "taints": (object, 0, ()),
    "allocatable": (np.int64, 1, 0),
    "free": (np.int64, 1, 0),
    "usage": (np.float64, 1, np.nan),
    "gpu_count": (np.int32, 0, 0),
    "gpu_free_milli": (np.int32, 0, 0),
    "gpu_model": (np.int16, 0, -1),
    "gpu_kind": (np.int16, 0, -1),
    "numa_zones": (np.int32, 0, 0),
    "numa_cpu_milli": (np.int64, 0, 0),
    "numa_memory_bytes": (np.int64, 0, 0),
    "numa_cpu_total_milli": (np.int64, 0, 0),
    "numa_memory_total_bytes": (np.int64, 0, 0),
}
SETTLED = ("site", "tie")  # written for all nodes at once, without a change of their rows being noted
_WIDTHS = {
    "gpu_free_milli": "devices", "gpu_model": "devices", "gpu_kind": "devices",
    "numa_cpu_milli": "zones", "numa_memory_bytes": "zones",
    "numa_cpu_total_milli": "zones", "numa_memory_total_bytes": "zones",
}  # fmt: skip


class Columns:
    """Storage only: `Cluster` writes it, `Snapshot` reads it. Nothing here checks what is written."""

    def __init__(self, sites: Sites) -> None:
        self.size = 0
        self.capacity = 16
        self.sites = sites
        self.latency: Latency = unmeasured(sites)
        self.resources: tuple[str, ...] = BASE_RESOURCES
        self.models: tuple[str, ...] = ()
        self.kinds: tuple[GpuKind, ...] = ()
        self.widths = {"devices": 0, "zones": 0}
        self.groups: dict[str, dict[int, int]] = {}  # key → slot → pods of that group
        self.group_version: dict[str, int] = {}
        self.log: list[int] = []
        self.log_base = 0
        self.version = 0
        self.epoch: object = object()
        # of this epoch: a label by its key, and all taints by TAINTS
        self.codes: dict[str | None, tuple[npt.NDArray[np.int32], tuple[Any, ...]]] = {}
        self.slots: dict[str, int] = {}  # of the nodes of this epoch, by name
        self.arrays = {name: self._empty(name, self.capacity) for name in LAYOUT}
        self.views: dict[str, npt.NDArray[Any]] = {}
        self.refresh_views()

    def _shape(self, name: str, capacity: int) -> tuple[int, ...]:
        if name in _WIDTHS:
            return (capacity, self.widths[_WIDTHS[name]])
        if name in ("allocatable", "free"):
            return (len(self.resources), capacity)
        return (len(USAGE_KINDS), capacity) if name == "usage" else (capacity,)

    def _empty(self, name: str, capacity: int) -> npt.NDArray[Any]:
        dtype, _, fill = LAYOUT[name]
        array = np.empty(self._shape(name, capacity), dtype=dtype)
        array[...] = fill if fill != () else None
        return array

    def refresh_views(self) -> None:
        """Read-only windows on the rows in use; views handed out earlier keep the arrays that they looked at."""
        self.views = {}
        for name, array in self.arrays.items():
            view = array[:, : self.size] if LAYOUT[name][1] else array[: self.size]
            view.flags.writeable = False
            self.views[name] = view

    def reshape(
        self,
        *,
        capacity: int | None = None,
        devices: int | None = None,
        zones: int | None = None,
        resources: tuple[str, ...] | None = None,
    ) -> None:
        """Make room in place of what was there; old rows and columns keep their values."""
        self.capacity = capacity or self.capacity
        self.widths = {"devices": devices or self.widths["devices"], "zones": zones or self.widths["zones"]}
        self.resources = resources or self.resources
        for name, old in self.arrays.items():
            if old.shape == self._shape(name, self.capacity):
                continue
            new = self._empty(name, self.capacity)
            new[tuple(slice(0, length) for length in old.shape)] = old
            self.arrays[name] = new
        self.refresh_views()

    def touch(self, slot: int) -> None:
        """Note that a row changed."""
        self.log.append(slot)
        self.version += 1
        if len(self.log) > _LOG_LENGTH + 4 * self.size:
            half = len(self.log) // 2
            self.log, self.log_base = self.log[half:], self.log_base + half  # older readers keep the old list

    def changed_since(self, version: int) -> list[int] | None:
        """Slots changed after *version*, each once, in order; None when everything has to be looked at again."""
        start = version - self.log_base
        if start < 0 or version > self.version:
            return None
        changes = self.log[start : self.version - self.log_base]
        return changes if len(changes) < 2 else sorted(set(changes))  # one needs no set

    def forget_groups(self) -> None:
        """Drop what is kept of groups that have no pods any more; whoever is behind looks at everything then."""
        self.group_version = {key: version for key, version in self.group_version.items() if key in self.groups}
        self.log, self.log_base = [], self.version

    def copy(self) -> Columns:
        """An independent copy at this moment; the log is shared, since it is only ever appended to."""
        twin = Columns.__new__(Columns)
        for field in ("size", "capacity", "widths"):
            setattr(twin, field, getattr(self, field))
        twin.arrays = {name: array.copy() for name, array in self.arrays.items()}
        twin.groups = {key: dict(members) for key, members in self.groups.items()}
        twin.group_version = dict(self.group_version)
        twin.views = {}
        twin.adopt(self)
        twin.refresh_views()
        return twin

    def draft(self, written: Collection[str]) -> Columns:
        """Columns that begin as these, to try something out: only those called so and the groups may be changed.

        All else is shared, the members of each group, too: they are to be replaced, not written.
        """
        twin = Columns.__new__(Columns)
        for field in ("size", "capacity", "widths"):
            setattr(twin, field, getattr(self, field))
        twin.arrays = {name: array.copy() if name in written else array for name, array in self.arrays.items()}
        twin.groups, twin.group_version = dict(self.groups), {}
        twin.adopt(self)
        twin.epoch = object()  # what is tried is nobody's state
        twin.refresh_views()
        return twin

    def adopt(self, other: Columns) -> None:
        """Take over everything of *other* that is replaced as a whole rather than written in place."""
        for field in (
            "sites", "latency", "resources", "models", "kinds", "log", "log_base", "version", "epoch", "codes", "slots",
        ):  # fmt: skip
            setattr(self, field, getattr(other, field))

    def is_shaped_as(self, other: Columns) -> bool:
        """Could these become what *other* is without new arrays."""
        return (self.capacity, self.widths, self.resources) == (other.capacity, other.widths, other.resources)

    def catch_up(self, other: Columns) -> None:
        """Become what *other* is now by copying only the rows and groups that changed since; both of one shape."""
        rows = other.changed_since(self.version)
        index = slice(None) if rows is None else np.array(rows, dtype=np.intp)
        if self.epoch != other.epoch:
            for name in SETTLED:
                self.arrays[name][...] = other.arrays[name]
        if self.size != other.size:
            self.size = other.size
            self.refresh_views()
        for name, array in self.arrays.items():
            if LAYOUT[name][1]:
                array[:, index] = other.arrays[name][:, index]
            else:
                array[index] = other.arrays[name][index]
        for key, version in other.group_version.items() if rows is None else _newer(other.group_version, self.version):
            if key in other.groups:
                self.groups[key] = dict(other.groups[key])
            else:
                self.groups.pop(key, None)
            self.group_version[key] = version
        if rows is None:  # *other* may have forgotten groups since
            self.groups = {key: self.groups[key] for key in other.groups}
            self.group_version = dict(other.group_version)
        self.adopt(other)


def _newer(group_version: dict[str, int], version: int) -> list[tuple[str, int]]:
    # the dict is kept in order of change (see Cluster._count), so the new ones are at its end
    newer = []
    for key in reversed(group_version):
        if group_version[key] <= version:
            break
        newer.append((key, group_version[key]))
    return newer
