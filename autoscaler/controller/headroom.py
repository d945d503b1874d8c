"""How much more each replica could ask for where it is: what the fullest of their nodes has left, shared among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from policies.model.snapshot import Snapshot

RESOURCES = ("cpu", "memory")
_MILLI = {"cpu": 1, "memory": 1000}  # the snapshot has CPU in thousandths and memory in bytes


def headroom(nodes: Snapshot, of_replicas: Iterable[str]) -> dict[str, int]:
    """Thousandths by resource, given the node of each replica that has one; empty when none has a known one."""
    there = Counter(node for node in of_replicas if node)
    names = list(there)
    slots = nodes.slots_of(names)
    known = [(int(slot), there[name]) for slot, name in zip(slots.tolist(), names, strict=True) if slot >= 0]
    if not known:
        return {}
    left = {
        resource: min(int(nodes.free(resource)[slot]) // replicas for slot, replicas in known) for resource in RESOURCES
    }
    return {resource: max(0, least) * _MILLI[resource] for resource, least in left.items()}
