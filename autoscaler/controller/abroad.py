"""Replicas in other clusters: how many there are is read once a pass, since no watch of ours tells of them.

A cluster that cannot be asked keeps the number that it had: not knowing is no reason to do anything about it. While
there may be companions abroad the EdgeAutoscaler bears a finalizer, and when it is deleted they are deleted first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from autoscaler.applying.abroad import FINALIZER, clear_companions, seen_abroad, set_finalizer
from autoscaler.applying.clusters import Clusters
from autoscaler.applying.companion import keep_companion
from autoscaler.applying.outcome import Done, Outcome, Refused
from autoscaler.applying.owner import Owner
from autoscaler.applying.places import CLUSTER
from autoscaler.applying.workload import Workload
from autoscaler.watching.autoscalers import Known
from kube.client import KubeClient

AT_ONCE = 8

LOG = logging.getLogger(__name__)


class Abroad:
    """Companions of all EdgeAutoscalers in other clusters, by place. *client* is home's."""

    def __init__(self, client: KubeClient, clusters: Clusters) -> None:
        self._client = client
        self._clusters = clusters
        self._seen: dict[str, dict[str, int]] = {}  # uid → place → replicas
        self._told: dict[tuple[str, str], str] = {}  # uid, place → what was said of it last

    def of(self, uid: str) -> dict[str, int]:
        """Replicas asked for in each other cluster, as they were read last; places without any are left out."""
        return {place: number for place, number in self._seen.get(uid, {}).items() if number}

    async def refresh(self, found: Iterable[Known]) -> None:
        """Read those of all that name a cluster; delete those of EdgeAutoscalers that are being deleted."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(known: Known) -> None:
            async with gate:
                await (self._clear(known) if known.deleting else self._read(known))

        async with asyncio.TaskGroup() as tasks:
            for known in found:
                if known.asked is not None and known.asked.clusters:
                    tasks.create_task(one(known))

    async def keep(self, home: Workload, owner: Owner, place: str, secret: str, *, replicas: int, seen: int) -> Outcome:
        """As `keep_companion`, in another cluster, with the finalizer before the first one."""
        there = await self._clusters.client(owner.namespace, secret)
        if isinstance(there, Refused):
            return there
        if replicas:
            waits = await set_finalizer(self._client, owner, to=True)
            if not isinstance(waits, Done):
                return waits
        outcome = await keep_companion(self._client, home, owner, place, replicas=replicas, seen=seen, there=there)
        if isinstance(outcome, Done):
            self._seen.setdefault(owner.uid, {})[place] = replicas
        return outcome

    async def _read(self, known: Known) -> None:
        assert known.asked is not None
        home = Workload(namespace=known.namespace, name=known.asked.name, kind=known.asked.kind)
        for name, secret in known.asked.clusters.items():
            there = await self._clusters.client(known.namespace, secret)
            place = f"{CLUSTER}{name}"
            number = there if isinstance(there, Refused) else await seen_abroad(there, home, owner_of(known), place)
            if isinstance(number, Refused):
                self._tell(known, place, number)
            else:
                self._seen.setdefault(known.uid, {})[place] = number
                self._told.pop((known.uid, place), None)

    async def _clear(self, known: Known) -> None:
        """Everything that it has abroad, and then the finalizer: with one cluster out of reach it stays."""
        assert known.asked is not None
        if FINALIZER not in known.finalizers:
            return
        for name, secret in known.asked.clusters.items():
            there = await self._clusters.client(known.namespace, secret)
            outcome = there if isinstance(there, Refused) else await clear_companions(there, owner_of(known))
            if not isinstance(outcome, Done):
                self._tell(known, f"{CLUSTER}{name}", outcome)
                return
        await set_finalizer(self._client, owner_of(known), to=False)
        self._seen.pop(known.uid, None)

    def _tell(self, known: Known, place: str, outcome: Outcome) -> None:
        why = getattr(outcome, "message", "")
        if self._told.get((known.uid, place)) == why:  # once, and not in every pass
            return
        self._told[known.uid, place] = why
        LOG.warning(
            "a cluster cannot be asked for its replicas",
            extra={"autoscaler": f"{known.namespace}/{known.name}", "place": place, "why": why},
        )


def owner_of(known: Known) -> Owner:
    """Whose companions are."""
    return Owner(namespace=known.namespace, name=known.name, uid=known.uid)
