"""Nodes: a change is passed on within its event, a heartbeat costs little more than its decoding.

A kubelet writes its node's status every few minutes and whenever a condition or an image changes; of thousands of such
events hardly one says anything that a decision depends on. What the shape lets through is therefore compared with what
came last by a digest (the content itself of 5,000 nodes would be 25 MB), and what it makes with what the cluster knows.

A node that cannot be read drops out, as a deleted one does: it must not get pods by what it said before. Its pods stay
charged, and `unreadable` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import msgspec

from kube.mirror.changes import Changes
from kube.mirror.listing import Listing
from kube.mirror.shared import Shared
from kube.mirror.sites import SiteTable
from policies.errors import ModelError
from policies.model import kubernetes
from policies.model.cluster import Cluster
from policies.model.node import Node, NumaZone

_TEXTS = 65_536
_NOTHING: Mapping[str, Any] = {}


class Nodes:
    """Handler of v1 Nodes. *zones* tells the NUMA zones of a node, *reseat* is called when its GPUs changed."""

    def __init__(
        self,
        cluster: Cluster,
        changes: Changes,
        sites: SiteTable,
        *,
        site_labels: Sequence[str],
        default_site: str = "",
        zones: Callable[[str], tuple[NumaZone, ...]],
        reseat: Callable[[str], None],
    ) -> None:
        self._cluster = cluster
        self._changes = changes
        self._sites = sites
        self._site_labels = tuple(site_labels)
        self._default_site = default_site
        self._zones = zones
        self._reseat = reseat
        self._digests: dict[str, bytes] = {}
        self._listing = Listing()
        self._texts: Shared[str] = Shared(most=_TEXTS)
        self._encode = msgspec.json.Encoder().encode
        self.unreadable: dict[str, str] = {}

    def begin(self) -> None:
        """A list starts."""
        self._listing.begin(self._digests)

    def put(self, content: Mapping[str, Any]) -> None:
        """A node as it is now."""
        name = (content.get("metadata") or _NOTHING).get("name") or ""
        self._listing.seen(name)
        digest = blake2b(self._encode(content), digest_size=16).digest()
        if self._digests.get(name) == digest:
            return
        self._digests[self._texts.of(name)] = digest
        try:
            node = kubernetes.node(
                self._thrifty(content), site_labels=self._site_labels, default_site=self._default_site
            )
        except ModelError as error:
            self._forget(name)
            self.unreadable[name] = str(error)
            raise
        self.unreadable.pop(name, None)
        self._set(replace(node, numa=self._zones(name)))

    def drop(self, content: Mapping[str, Any]) -> None:
        """A node is deleted."""
        self._gone((content.get("metadata") or _NOTHING).get("name") or "")

    def settle(self) -> None:
        """The list is complete."""
        for name in sorted(self._listing.left_out()):
            self._gone(name)

    def rezone(self, name: str) -> None:
        """The NUMA zones of a node changed."""
        node = self._cluster.nodes.get(name)
        if node is not None:
            self._set(replace(node, numa=self._zones(name)))

    def _set(self, node: Node) -> None:
        before = self._cluster.nodes.get(node.name)
        if before == node:
            return
        self._cluster.set_node(node)
        self._sites.put(node, before)
        self._changes.tell("nodes")
        if (before.gpus if before else ()) != node.gpus:
            self._reseat(node.name)
            self._changes.tell("gpu")

    def _gone(self, name: str) -> None:
        self._listing.seen(name)
        self._digests.pop(name, None)
        self.unreadable.pop(name, None)
        self._forget(name)

    def _forget(self, name: str) -> None:
        node = self._cluster.nodes.get(name)
        if node is not None:
            self._cluster.remove_node(name)
            self._sites.drop(node)
            self._changes.tell("nodes")

    def _thrifty(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same content with labels that all nodes share: forty of them on 5,000 nodes are most of what we keep."""
        metadata = content.get("metadata") or _NOTHING
        shared = self._texts.of
        labels = {shared(key): shared(value) for key, value in (metadata.get("labels") or _NOTHING).items()}
        return {**content, "metadata": {**metadata, "name": shared(metadata.get("name") or ""), "labels": labels}}
