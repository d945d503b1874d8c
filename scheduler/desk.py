"""The desk: what the HTTP server asks, whoever answers.

The server knows the protocol, its limits and its deadlines; the desk knows nodes and pods. Neither needs the other in
its tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from scheduler.wire import BindAsked, FilterAnswer, NodesAsked, NodeVictims, PreemptAsked


class Desk(Protocol):
    """Answers kube-scheduler and people. Every call may be cancelled: it is the server that keeps the deadlines."""

    async def filter(self, asked: NodesAsked) -> FilterAnswer:
        """Which of the nodes the pod may go to, and why not to the others."""

    async def prioritize(self, asked: NodesAsked) -> list[int]:
        """A score for each name asked, in their order."""

    async def bind(self, asked: BindAsked) -> str:
        """Empty when the pod is bound to that node, else why it is not. Asked twice for one uid, it binds once."""

    async def preempt(self, asked: PreemptAsked) -> dict[str, NodeVictims]:
        """The nodes on which evicting these victims makes room for the pod; none without a victim."""

    async def explain(self, namespace: str, name: str) -> Mapping[str, object] | None:
        """Why the pod is or is not where it is, as JSON would have it; None when nothing is known of it."""

    def unready(self) -> str:
        """Empty when questions can be answered well, else why not."""

    def broken(self) -> str:
        """Empty as long as a restart would mend nothing, else what it would mend."""
