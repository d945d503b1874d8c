"""NUMA zones of nodes, from NodeResourceTopology resources, which bear their node's name.

A zone tells three amounts of each resource. We take *allocatable*, what pods can get there in all, and not *available*,
what the exporter on the node saw left over: the cluster charges aligned pods to zones itself, at the moment of the
decision, and would count them twice. What pods that were not aligned hold of a zone is not known to us in either way;
the kubelet takes their CPUs from the shared pool. *Capacity* stands in where an exporter tells nothing else, and
*available* at last.

Zones are taken whatever the node's topology manager is set to: what fits one is a fact of the machine, and a policy of
the kubelet under which a pod is not aligned although it would fit is its operator's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kube.mirror.changes import Changes
from kube.mirror.listing import Listing
from policies.errors import ModelError
from policies.model.manifest import Manifest
from policies.model.node import NumaZone
from policies.model.resources import amount

ZONE_TYPE = "Node"  # others are sockets, dies and caches
_TOLD = ("allocatable", "capacity", "available")


class NumaZones:
    """Handler of NodeResourceTopology resources. *rezone* is called with the node whose zones changed.

    One that cannot be read tells of no zones: a promise of alignment must not rest on what was said before.
    """

    def __init__(self, changes: Changes, *, rezone: Callable[[str], None]) -> None:
        self._changes = changes
        self._rezone = rezone
        self._zones: dict[str, tuple[NumaZone, ...]] = {}
        self._listing = Listing()

    def of(self, node: str) -> tuple[NumaZone, ...]:
        """The zones of a node; none when nobody told."""
        return self._zones.get(node, ())

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(self._zones)

    def put(self, content: Mapping[str, Any]) -> None:
        """The zones of a node as they are now."""
        name = _name(content)
        try:
            found = zones(content)
        except ModelError:
            self._set(name, ())
            raise
        self._set(name, found)

    def drop(self, content: Mapping[str, Any]) -> None:
        """Nobody tells of a node's zones any more."""
        self._set(_name(content), ())

    def settle(self) -> None:
        """The list is complete."""
        for name in sorted(self._listing.left_out()):
            self._set(name, ())

    def _set(self, name: str, found: tuple[NumaZone, ...]) -> None:
        self._listing.seen(name)
        if found == self.of(name):
            return
        if found:
            self._zones[name] = found
        else:
            del self._zones[name]
        self._rezone(name)
        self._changes.tell("zones")


def zones(content: Mapping[str, Any]) -> tuple[NumaZone, ...]:
    """The zones that a NodeResourceTopology tells of, in order of their names (`node-2` before `node-10`)."""
    told = Manifest(content, f"noderesourcetopology {_name(content)}")
    found = [(zone.text("name"), _zone(zone)) for zone in told.parts("zones") if zone.text("type") == ZONE_TYPE]
    return tuple(zone for _, zone in sorted(found, key=lambda named: (len(named[0]), named[0])))


def _zone(told: Manifest) -> NumaZone:
    amounts: dict[str, int] = {}
    for resource in told.parts("resources"):
        name = resource.text("name")
        key = next((key for key in _TOLD if resource.content.get(key) is not None), None)
        if key is not None and name in ("cpu", "memory"):
            value = Manifest({key: {name: resource.content[key]}}, resource.called, resource.path)
            amounts |= value.amounts(key, amount)
    memory = {"memory_bytes": amounts["memory"]} if "memory" in amounts else {}
    return NumaZone(cpu_milli=amounts.get("cpu", 0), **memory)


def _name(content: Mapping[str, Any]) -> str:
    return (content.get("metadata") or {}).get("name") or ""
