"""All nodes at one moment, as read-only numpy columns. Policies see nothing else.

Columns are in slot order; slots of deleted nodes are there with `ready` false. `take(rows)` is the same thing for
some rows only, so one policy function serves a whole cluster and a single changed node.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from policies.errors import UnknownName
from policies.model.columns import TAINTS, Columns
from policies.model.gpu import GpuKind
from policies.model.latency import Latency
from policies.model.node import USAGE_KINDS
from policies.model.site import Sites, suggestion
from policies.model.taint import Taint

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
UNKNOWN = -1  # in the place of a slot


class Snapshot:
    """A window on `Columns`. A live one is good until its cluster's next change, a frozen one as long as it is held."""

    __slots__ = ("_columns", "_rows", "_views")

    def __init__(self, columns: Columns, rows: Rows | None = None) -> None:
        self._columns = columns
        self._views = columns.views
        self._rows = rows

    def __len__(self) -> int:
        return self._columns.size if self._rows is None else len(self._rows)

    def _column(self, name: str) -> npt.NDArray[Any]:
        view = self._views[name]
        return view if self._rows is None else view[self._rows]

    def _plane(self, name: str, index: int) -> npt.NDArray[Any]:
        row: npt.NDArray[Any] = self._views[name][index]
        return row if self._rows is None else row[self._rows]

    # what it is a snapshot of

    @property
    def version(self) -> int:
        """Grows with every change of a row."""
        return self._columns.version

    @property
    def epoch(self) -> object:
        """Another object when something changed that concerns many rows: nodes, labels, sites, latency."""
        return self._columns.epoch

    def changed_since(self, version: int) -> list[int] | None:
        """Slots whose row changed after *version* of the same epoch; None: look at all."""
        return self._columns.changed_since(version)

    @property
    def whole(self) -> Snapshot:
        """All rows, whatever was taken."""
        return self if self._rows is None else Snapshot(self._columns)

    def take(self, rows: npt.ArrayLike) -> Snapshot:
        """Only these slots, in this order; a mask takes those where it is true."""
        index = np.asarray(rows)
        index = np.flatnonzero(index) if index.dtype == np.bool_ else index.astype(np.intp, copy=False)
        return Snapshot(self._columns, index if self._rows is None else self._rows[index])

    @property
    def slots(self) -> Rows:
        """The slot of each row."""
        return np.arange(len(self)) if self._rows is None else self._rows

    def draft(self, written: Collection[str]) -> Columns:
        """Columns of one's own to try something out, see `Columns.draft`."""
        return self._columns.draft(written)

    # identity and place

    @property
    def name(self) -> npt.NDArray[np.object_]:
        """Node names; empty in the slot of a deleted node."""
        return self._column("name")

    def slot(self, name: str) -> int:
        """The slot of the node called *name*, ready or not; UnknownName when there is none."""
        try:
            return self._columns.slots[name]
        except KeyError:
            raise UnknownName(f"unknown node {name!r}{suggestion(name, self._columns.slots)}") from None

    def slots_of(self, names: Sequence[str]) -> Rows:
        """The slot of each node called so, in the order given; -1 for a name that no node has."""
        # thousands of names come with every question of kube-scheduler, so none of them meets a line of Python
        return np.fromiter(map(self._columns.slots.get, names, repeat(UNKNOWN)), np.intp, len(names))

    def mask(self, names: Iterable[str]) -> tuple[Bools, tuple[str, ...]]:
        """The slots of the nodes called so, and the names that no node has."""
        names = list(names)
        slots = self.slots_of(names)
        mask = np.zeros(len(self._views["name"]), dtype=np.bool_)
        mask[slots[slots >= 0]] = True
        return mask, tuple(names[at] for at in np.flatnonzero(slots < 0).tolist())

    @property
    def ready(self) -> Bools:
        """Exists, is Ready and not cordoned."""
        return self._column("ready")

    @property
    def tie(self) -> Ints:
        """Rank in name order: of equal nodes the one with the lowest is taken."""
        return self._column("tie")

    @property
    def site(self) -> npt.NDArray[np.int32]:
        """Site number of each node, see `sites`."""
        return self._column("site")

    @property
    def sites(self) -> Sites:
        """All sites, in name order."""
        return self._columns.sites

    @property
    def latency(self) -> Latency:
        """Believed round-trip times between the numbered sites."""
        return self._columns.latency

    @property
    def labels(self) -> npt.NDArray[np.object_]:
        """Label mapping of each node."""
        return self._column("labels")

    def label(self, key: str) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
        """One label as codes into the table of its values (sorted); -1 where a node does not bear it."""
        if key not in self._columns.codes:
            values = [(labels or {}).get(key) for labels in self._views["labels"].tolist()]
            table = sorted({value for value in values if value is not None})
            if not table:  # not kept: pods may ask for any number of labels that no node bears
                nowhere = np.full(len(self), -1, dtype=np.int32)
                nowhere.flags.writeable = False
                return nowhere, ()
            self._encode(key, values, table)
        return self._codes(key)

    @property
    def taints(self) -> npt.NDArray[np.object_]:
        """Taints of each node."""
        return self._column("taints")

    def taint_sets(self) -> tuple[npt.NDArray[np.int32], tuple[tuple[Taint, ...], ...]]:
        """The taints of each node as codes into the table of all that any node has together."""
        if TAINTS not in self._columns.codes:
            values = [taints or () for taints in self._views["taints"].tolist()]
            self._encode(TAINTS, values, dict.fromkeys(values))
        return self._codes(TAINTS)

    def _encode(self, key: str | None, values: list[Any], distinct: Iterable[Any]) -> None:
        table = tuple(distinct)
        number = {value: code for code, value in enumerate(table)}
        codes = np.array([number.get(value, -1) for value in values], dtype=np.int32)
        codes.flags.writeable = False
        self._columns.codes[key] = (codes, table)

    def _codes(self, key: str | None) -> tuple[npt.NDArray[np.int32], tuple[Any, ...]]:
        codes, table = self._columns.codes[key]
        return (codes if self._rows is None else codes[self._rows]), table

    def taints_of(self, row: int) -> tuple[Taint, ...]:
        """Taints of one row."""
        return self.taints[row] or ()

    # resources

    @property
    def resources(self) -> tuple[str, ...]:
        """Names of the resources that any node offers or offered: cpu (milli), memory (bytes), … ."""
        return self._columns.resources

    def allocatable(self, resource: str) -> Ints:
        """What each node offers in all; zeros for a resource that no node has."""
        if resource not in self._columns.resources:
            return np.zeros(len(self), dtype=np.int64)
        return self._plane("allocatable", self._columns.resources.index(resource))

    def free(self, resource: str) -> Ints:
        """What is not requested; negative on a node that is over-committed."""
        if resource not in self._columns.resources:
            return np.zeros(len(self), dtype=np.int64)
        return self._plane("free", self._columns.resources.index(resource))

    @property
    def free_all(self) -> Ints:
        """(resources, nodes): `free` of all `resources` at once."""
        view: Ints = self._views["free"]
        return view if self._rows is None else view[:, self._rows]

    def requested(self, resource: str) -> Ints:
        """The sum of the requests of the pods there."""
        return self.allocatable(resource) - self.free(resource)

    def usage(self, kind: str) -> Floats:
        """Measured share of capacity (`cpu`, `memory`, `link`); NaN where nobody measured."""
        return self._plane("usage", USAGE_KINDS.index(kind))

    # devices: second axis is the device or zone, as wide as the widest node

    @property
    def gpu_count(self) -> npt.NDArray[np.int32]:
        """GPUs of each node."""
        return self._column("gpu_count")

    @property
    def gpu_free_milli(self) -> npt.NDArray[np.int32]:
        """(nodes, devices): free milli of each GPU, negative when over-committed, 0 past a node's last one."""
        return self._column("gpu_free_milli")

    @property
    def gpu_model(self) -> npt.NDArray[np.int16]:
        """(nodes, devices): code into `gpu_models`; -1 past a node's last one, and for one that is not healthy."""
        return self._column("gpu_model")

    @property
    def gpu_models(self) -> tuple[str, ...]:
        """Names of the models, by code."""
        return self._columns.models

    @property
    def gpu_kind(self) -> npt.NDArray[np.int16]:
        """(nodes, devices): code into `gpu_kinds`, -1 where `gpu_model` is."""
        return self._column("gpu_kind")

    @property
    def gpu_kinds(self) -> tuple[GpuKind, ...]:
        """What requests that vary from device to device depend on, by code."""
        return self._columns.kinds

    @property
    def gpu_memory_mib(self) -> Ints:
        """(nodes, devices): memory of each GPU, 0 where nobody told."""
        table = np.array([*(kind.memory_mib for kind in self.gpu_kinds), 0], dtype=np.int64)
        memory: Ints = table[self.gpu_kind]
        return memory

    @property
    def numa_zones(self) -> npt.NDArray[np.int32]:
        """Zones of each node, 0 where nobody told."""
        return self._column("numa_zones")

    @property
    def numa_cpu_milli(self) -> Ints:
        """(nodes, zones): CPU that an aligned pod can still get there."""
        return self._column("numa_cpu_milli")

    @property
    def numa_memory_bytes(self) -> Ints:
        """(nodes, zones): memory that an aligned pod can still get there."""
        return self._column("numa_memory_bytes")

    @property
    def numa_cpu_total_milli(self) -> Ints:
        """(nodes, zones): CPU that the zone offers in all."""
        return self._column("numa_cpu_total_milli")

    @property
    def numa_memory_total_bytes(self) -> Ints:
        """(nodes, zones): memory that the zone offers in all."""
        return self._column("numa_memory_total_bytes")

    # pods by group

    def count(self, group: str) -> Ints:
        """Pods of *group* on each node (keys: policies.model.pod.service_group, gpu_group)."""
        members = self._columns.groups.get(group, {})
        if self._rows is not None:
            return np.array([members.get(slot, 0) for slot in self._rows.tolist()], dtype=np.int64)
        counts = np.zeros(len(self), dtype=np.int64)
        if members:
            counts[np.fromiter(members.keys(), np.intp, len(members))] = np.fromiter(
                members.values(), np.int64, len(members)
            )
        return counts

    def groups(self, prefix: str = "") -> Mapping[str, int]:
        """Pods in all of each group whose key begins with *prefix*."""
        return {key: sum(m.values()) for key, m in self._columns.groups.items() if m and key.startswith(prefix)}
