"""The one writer: turns what happens to nodes and pods into the next state of the columns.

Two ways to read it. `live()` is free: a window on the writer's own arrays, good until the next change; the simulator,
which decides and then acts, uses it. `freeze()` is for a reader in another thread or task, who keeps it while the next
one is made: it brings an older buffer that nobody looks at any more up to date by the rows changed since (left-right),
and makes a new one only when all are in use. Neither rebuilds anything for a pod or a node that changed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from policies.errors import ModelError, UnknownName
from policies.model.columns import Columns
from policies.model.frozen import Frozen
from policies.model.latency import FRESH_S, HALF_LIFE_S, LatencyMatrix, unmeasured
from policies.model.node import USAGE_KINDS, Node
from policies.model.placement import Charges, Placement, check_devices, count, seats
from policies.model.pod import Pod
from policies.model.row import write
from policies.model.settle import Stale, place
from policies.model.site import Sites
from policies.model.snapshot import Snapshot

_FULL = 2  # capacity grows by this factor


class Cluster:
    """Nodes, pods, sites and latency, kept as columns. One thread writes."""

    def __init__(self, sites: Sites | None = None) -> None:
        self._columns = Columns(sites or Sites(()))
        self._live = Snapshot(self._columns)
        self._slots: dict[str, int] = {}
        self._vacant: list[int] = []
        self._nodes: dict[str, Node] = {}
        self._placements: dict[str, Placement] = {}
        self._on: dict[str, set[str]] = {}  # node → uids
        self._charges = Charges(self._columns)
        self._matrix: LatencyMatrix | None = None
        self._matrix_at = (0.0, FRESH_S, HALF_LIFE_S)
        self._stale = Stale.NOTHING
        self._frozen = Frozen()

    # reading

    def live(self) -> Snapshot:
        """The present state; not to be kept across the next change."""
        if self._stale:
            self._settle()
        return self._live

    def freeze(self) -> Snapshot:
        """The present state, for readers in other threads while this one goes on; only the writer may call it.

        The same object as long as nothing changed.
        """
        self.live()
        return self._frozen.of(self._columns)

    def __contains__(self, uid: object) -> bool:
        return uid in self._placements

    def __len__(self) -> int:
        return len(self._placements)

    def placement(self, uid: str) -> Placement:
        """Where a pod is; UnknownName when it is nowhere."""
        try:
            return self._placements[uid]
        except KeyError:
            raise UnknownName(f"unknown pod {uid!r}") from None

    @property
    def nodes(self) -> Mapping[str, Node]:
        """All nodes as they were last told, by name."""
        return self._nodes

    @property
    def placements(self) -> Mapping[str, Placement]:
        """Where each pod is, by uid."""
        return self._placements

    @property
    def latency_told(self) -> tuple[LatencyMatrix, float, float, float] | None:
        """What `set_latency` was last given: matrix, now_s, fresh_s, half_life_s; None before."""
        return None if self._matrix is None else (self._matrix, *self._matrix_at)

    def pods_on(self, node: str) -> tuple[Placement, ...]:
        """Placements on a node, in order of uid."""
        return tuple(self._placements[uid] for uid in sorted(self._on.get(node, ())))

    def node(self, name: str) -> Node:
        """The node as it was last told; UnknownName when there is none."""
        try:
            return self._nodes[name]
        except KeyError:
            raise UnknownName(f"unknown node {name!r}") from None

    # nodes

    def set_node(self, node: Node) -> None:
        """Add a node or bring it up to date; pods known to be on it stay charged to it."""
        old = self._nodes.get(node.name)
        self._make_room(node)
        columns = self._columns
        if old is None:
            slot = self._vacant.pop() if self._vacant else columns.size
            if slot == columns.size:
                columns.size += 1
                columns.refresh_views()
            self._slots[node.name] = slot
        else:
            slot = self._slots[node.name]
        self._nodes[node.name] = node
        write(columns, node, slot, is_new=old is None)
        # those without seats get what the others leave
        for placement in sorted(self.pods_on(node.name), key=lambda placement: not self._has_seat(placement, slot)):
            self._charges.charge(self._seated(placement, slot), slot, sign=-1, recount=old is None)
        columns.touch(slot)
        if old is None or (old.site, old.tier) != (node.site, node.tier):
            self._stale |= Stale.PLACES
        elif (old.labels, old.taints, old.gpus) != (node.labels, node.taints, node.gpus):
            self._stale |= Stale.LABELS

    def remove_node(self, name: str) -> None:
        """Forget a node. Its pods stay known, and are charged again should it return."""
        self.node(name)
        slot = self._slots.pop(name)
        for uid in self._on.get(name, ()):
            count(self._columns, self._placements[uid].pod.of, slot, -1)
        del self._nodes[name]
        self._columns.arrays["ready"][slot] = False
        self._columns.arrays["labels"][slot] = None
        self._columns.arrays["name"][slot] = ""
        self._vacant.append(slot)
        self._columns.touch(slot)
        self._stale |= Stale.PLACES

    def set_ready(self, name: str, *, ready: bool) -> None:
        """A node failed, was cordoned, or is back."""
        self.node(name)
        slot = self._slots[name]
        self._columns.arrays["ready"][slot] = ready
        self._columns.touch(slot)

    def set_usage(self, name: str, kind: str, share: float) -> None:
        """A new measurement; NaN when it went stale."""
        self.node(name)
        if kind not in USAGE_KINDS or share < 0 or share == np.inf:
            known = ", ".join(USAGE_KINDS)
            raise ModelError(f"node {name}: usage of {kind!r} must be >= 0 and finite, for one of {known}, got {share}")
        slot = self._slots[name]
        self._columns.arrays["usage"][USAGE_KINDS.index(kind), slot] = share
        self._columns.touch(slot)

    # pods

    def bind(
        self, pod: Pod, node: str, devices: tuple[int, ...] | None = None, *, zone: int | None = None
    ) -> Placement:
        """Put a pod on a node and charge it there. A node not known yet is charged when it appears.

        *devices* are the GPUs that it gets, *zone* the NUMA zone that it is aligned to (-1: none). Without them the
        best fitting ones, or the emptiest when none fits: what runs there is charged, be it more than there is. A pod
        that is already there is charged anew when it or its devices changed, else left as it is (watches tell twice);
        one that is elsewhere is an error.
        """
        known = self._placements.get(pod.uid)
        if known is not None:
            if known.node != node:
                raise ModelError(f"pod {pod.uid}: is on {known.node} already, cannot be bound to {node}")
            if known.pod.of == pod.of and devices in (None, known.devices):
                return known
        slot = self._slots.get(node)
        check_devices(pod, None if slot is None else self._nodes[node], devices)
        if known is not None:
            self.unbind(pod.uid)
        placement = Placement(pod, node, *seats(self._columns, pod.of, slot, devices))
        if zone is not None:
            placement = placement._replace(zone=zone)
        self._placements[pod.uid] = placement
        try:
            self._on[node].add(pod.uid)
        except KeyError:
            self._on[node] = {pod.uid}
        if slot is not None:
            self._charges.charge(placement, slot, sign=-1)
            self._columns.touch(slot)
        return placement

    def unbind(self, uid: str) -> Placement:
        """A pod is gone; what it held is free again."""
        placement = self.placement(uid)
        del self._placements[uid]
        here = self._on[placement.node]
        here.discard(uid)
        if not here:
            del self._on[placement.node]
        slot = self._slots.get(placement.node)
        if slot is not None:
            self._charges.charge(placement, slot, sign=1)
            self._columns.touch(slot)
        return placement

    # sites and latency

    def set_sites(self, sites: Sites) -> None:
        """Replace what is known about sites; nodes of a site that is not listed bring their own."""
        self._columns.sites = sites
        self._stale |= Stale.PLACES

    def set_latency(
        self, matrix: LatencyMatrix, *, now_s: float = 0.0, fresh_s: float = FRESH_S, half_life_s: float = HALF_LIFE_S
    ) -> None:
        """Believe *matrix* as of *now_s*; call it again as time goes by, since entries age."""
        self._matrix, self._matrix_at = matrix, (now_s, fresh_s, half_life_s)
        self._stale |= Stale.LATENCY

    # inside

    def _make_room(self, node: Node) -> None:
        columns = self._columns
        known = columns.resources
        resources = known + tuple(sorted(resource for resource in node.allocatable if resource not in known))
        columns.models += tuple(sorted({gpu.model for gpu in node.gpus} - set(columns.models)))
        columns.kinds += tuple(sorted({gpu.kind for gpu in node.gpus} - set(columns.kinds)))
        full = node.name not in self._nodes and not self._vacant and columns.size == columns.capacity
        devices, zones = len(node.gpus), len(node.numa)
        if full or len(resources) > len(known) or devices > columns.widths["devices"] or (
            zones > columns.widths["zones"]
        ):  # fmt: skip
            columns.reshape(
                capacity=columns.capacity * _FULL if full else columns.capacity,
                devices=max(devices, columns.widths["devices"]),
                zones=max(zones, columns.widths["zones"]),
                resources=resources,
            )
            self._charges.reshaped()
            self._charge_new(resources[len(known) :])
            self._live = Snapshot(columns)
            self._stale |= Stale.PLACES  # what was computed for the old shape does not fit the new one

    def _has_seat(self, placement: Placement, slot: int) -> bool:
        return placement.is_seated and max(placement.devices, default=-1) < self._columns.arrays["gpu_count"][slot]

    def _seated(self, placement: Placement, slot: int) -> Placement:
        """The placement, with seats if it has none there: bound before the node told of them, or its GPUs are gone."""
        if self._has_seat(placement, slot):
            return placement
        there = max(placement.devices, default=-1) < self._columns.arrays["gpu_count"][slot]
        devices, zone = seats(self._columns, placement.pod.of, slot, (placement.devices if there else ()) or None)
        seated = Placement(placement.pod, placement.node, devices, max(placement.zone, zone))
        self._placements[placement.pod.uid] = seated
        return seated

    def _charge_new(self, resources: tuple[str, ...]) -> None:
        """Pods may have asked for what no node offered when they were bound; give it back only after it was taken."""
        for resource in resources:
            free = self._columns.arrays["free"][self._columns.resources.index(resource)]
            for placement in self._placements.values():
                if placement.node in self._slots:
                    free[self._slots[placement.node]] -= placement.pod.of.request(resource)

    def _settle(self) -> None:
        columns, stale = self._columns, self._stale
        if Stale.PLACES in stale:
            place(columns, self._nodes, self._slots)
            self._live = Snapshot(columns)
        if Stale.PLACES in stale or Stale.LABELS in stale:
            columns.codes = {}
        if Stale.PLACES in stale or Stale.LATENCY in stale:
            columns.latency = unmeasured(columns.sites)
            if self._matrix is not None:
                now_s, fresh_s, half_life_s = self._matrix_at
                columns.latency = self._matrix.at(columns.sites, now_s=now_s, fresh_s=fresh_s, half_life_s=half_life_s)
        columns.epoch = object()
        self._stale = Stale.NOTHING
