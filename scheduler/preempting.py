"""The preempt verb: of the nodes that kube-scheduler would make room on, those where that helps, and whom it takes.

kube-scheduler knows neither shares of GPUs nor what our policies refuse, so its victims may be the wrong ones or too
few; `policies.engine.preemption` completes its choice. Nothing is evicted here: kube-scheduler takes the cheapest node
of the answer and evicts there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from kube.mirror.budgets import ToldBudget
from kube.mirror.mirror import Mirror
from policies.engine.decide import Engine
from policies.engine.eviction import Budgets
from policies.engine.preemption import victims
from policies.errors import PolicyError
from policies.model.pod import Pod
from policies.model.resident import Resident
from policies.model.snapshot import Snapshot
from scheduler.deciding import Decider
from scheduler.reading import PodReader
from scheduler.wire import NodeVictims, PreemptAsked


class Preempter:
    """Answers preempt."""

    def __init__(self, reader: PodReader, decider: Decider, mirror: Mirror) -> None:
        self._reader = reader
        self._decider = decider
        self._mirror = mirror

    async def preempt(self, asked: PreemptAsked) -> dict[str, NodeVictims]:
        """The nodes on which evicting these makes room; none when the pod's wishes cannot be read."""
        try:
            subject = self._reader.read(asked.pod)
        except PolicyError:
            return {}
        nodes = self._mirror.snapshot()
        answer: dict[str, NodeVictims] = {}
        for name, given in asked.victims.items():
            residents = {each.uid: each for each in self._mirror.residents(name)}
            budgets = {uid: self._budgets(each) for uid, each in residents.items()}
            work = partial(_on_one, subject.engine, nodes, subject.pod, name, given, residents, budgets)
            found = await self._decider.ask(work)  # node by node: between two of them a filter may be answered
            if found is not None:
                answer[name] = found
        return answer

    def _budgets(self, resident: Resident) -> tuple[ToldBudget, ...]:
        pod = resident.placement.pod
        return self._mirror.budgets_of(pod.namespace, resident.labels, pod=pod.name)


def _on_one(
    engine: Engine,
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
    chosen = victims(engine, nodes, pod, slot, picked, others, budgets)
    if chosen is None:
        return None
    # those that no watch told us of stay as kube-scheduler picked them, and so do all where we see room already
    unknown = tuple(uid for uid in given.uids if uid not in residents)
    uids = (*chosen.uids, *unknown) if chosen.uids else given.uids
    return NodeVictims(uids=uids, pdb_violations=chosen.pdb_violations) if uids else None
