"""The preempt verb: of the nodes that kube-scheduler would make room on, those where that helps, and whom it takes.

kube-scheduler knows neither shares of GPUs nor what our policies refuse, so its victims may be the wrong ones or too
few; `policies.engine.preemption` completes its choice. Nothing is evicted here: kube-scheduler takes the cheapest node
of the answer and evicts there.

A hundred nodes with many pods each take seconds, and kube-scheduler does not wait so long. So the nodes are looked at
in the order of what kube-scheduler would evict there, and the answer holds those that were looked at in time: a few
good ones are as good as all, and no pod is evicted on a node that nobody looked at. All of it is done in a thread of
its own, since the pods that come meanwhile must not wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from kube.mirror.budgets import ToldBudget
from kube.mirror.mirror import Mirror
from policies.engine.eviction import Budgets
from policies.engine.preemption import victims
from policies.engine.profile import Profile
from policies.errors import PolicyError
from policies.model.pod import Pod
from policies.model.resident import Resident
from policies.model.snapshot import Snapshot
from scheduler.deciding import Decider, Engines
from scheduler.reading import PodReader
from scheduler.wire import NodeVictims, PreemptAsked


class Preempter:
    """Answers preempt within *within_s*, or as soon as one node was looked at if that takes longer."""

    def __init__(self, reader: PodReader, mirror: Mirror, *, within_s: float) -> None:
        self._reader = reader
        self._mirror = mirror
        self._within_s = within_s
        self._thread = Decider("preempter")
        self._engines = Engines()

    async def preempt(self, asked: PreemptAsked) -> dict[str, NodeVictims]:
        """The nodes on which evicting these makes room; none when the pod's wishes cannot be read."""
        try:
            subject = self._reader.read(asked.pod)
        except PolicyError:
            return {}
        if subject.is_pinned:  # filter has no say about it either
            return dict(asked.victims)
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._within_s
        answer: dict[str, NodeVictims] = {}
        for name, given in sorted(asked.victims.items(), key=_expected_cost):
            # books and pods of one moment: between two nodes others are bound
            nodes, residents = self._mirror.snapshot(), {each.uid: each for each in self._mirror.residents(name)}
            budgets = {uid: self._budgets(each) for uid, each in residents.items()}
            profile = subject.engine.profile
            work = partial(self._on_one, profile, nodes, subject.pod, name, given, residents, budgets)
            found = await self._thread.ask(work)
            if found is not None:
                answer[name] = found
            if answer and loop.time() >= until_s:
                break
        return answer

    def close(self) -> None:
        """No more answers."""
        self._thread.close()

    def _budgets(self, resident: Resident) -> tuple[ToldBudget, ...]:
        pod = resident.placement.pod
        return self._mirror.budgets_of(pod.namespace, resident.labels, pod=pod.name)

    def _on_one(
        self,
        profile: Profile,
        nodes: Snapshot,
        pod: Pod,
        name: str,
        given: NodeVictims,
        residents: Mapping[str, Resident],
        budgets: Budgets,
    ) -> NodeVictims | None:
        slot = int(nodes.slots_of([name])[0])
        if slot < 0:
            return None
        picked = [residents[uid] for uid in given.uids if uid in residents]
        others = [each for uid, each in residents.items() if uid not in given.uids]
        chosen = victims(self._engines.of(profile), nodes, pod, slot, picked, others, budgets)
        if chosen is None:
            return None
        if not chosen.uids:  # we see room already, so that what was picked is kube-scheduler's to know
            return given if given.uids else None
        # those that no watch told us of stay as they were picked, with the budgets that kube-scheduler counted
        unknown = tuple(uid for uid in given.uids if uid not in residents)
        violations = max(chosen.pdb_violations, given.pdb_violations) if unknown else chosen.pdb_violations
        return NodeVictims(uids=(*chosen.uids, *unknown), pdb_violations=violations)


def _expected_cost(candidate: tuple[str, NodeVictims]) -> tuple[int, int, str]:
    name, given = candidate
    return given.pdb_violations, len(given.uids), name
