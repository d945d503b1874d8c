"""Who wants to know that something changed, and what may change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Kind = Literal[
    "nodes",  # came, went, became ready or not, offers something else
    "gpu",  # the GPUs of a node, beside "nodes"
    "pods",
    "namespaces",  # an origin or a profile that pods inherit
    "zones",  # NUMA
    "budgets",
    "latency",  # the ConfigMaps
    "profiles",
    "network-topologies",
]
Callback = Callable[[Kind], None]


class Changes:
    """Callbacks, called on the loop with every change that is one: heartbeats and repetitions are not."""

    def __init__(self) -> None:
        self._callbacks: list[Callback] = []

    def add(self, callback: Callback) -> None:
        """Call it from now on."""
        self._callbacks.append(callback)

    def tell(self, kind: Kind) -> None:
        """Something of this kind changed."""
        for callback in self._callbacks:
            callback(kind)
