"""Who must go so that a pod has room on a node: the fewest and cheapest pods of lower priority.

kube-scheduler picks victims by what its own filters know. It does not know the share of a GPU that a pod holds, nor the
NUMA zone, nor what our policies refuse, so evicting those that it picked may not help. Here its choice is completed, by
its own order of what is cheap (see `eviction`).

What it picked stays picked, since ports, volumes and affinity are filters of its own that we cannot see. Only where our
books show that a pod was picked for the resources that it holds, it may be spared for another whose eviction frees
those and ours: one A100, and not a T4 as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from policies.engine.decide import Engine
from policies.engine.eviction import Budgets, violating
from policies.engine.fit import dynamic_fit
from policies.engine.victim_search import VictimSearch
from policies.model.gpu import GpuRequest
from policies.model.pod import Pod, PodClass
from policies.model.resident import Resident
from policies.model.snapshot import Snapshot
from policies.model.what_if import without


class Victims(NamedTuple):
    """Whom to evict, the most important first: kube-scheduler takes the first one's priority for the highest."""

    residents: tuple[Resident, ...]
    pdb_violations: int

    @property
    def uids(self) -> tuple[str, ...]:
        """Their pods'."""
        return tuple(resident.uid for resident in self.residents)


def victims(
    engine: Engine,
    nodes: Snapshot,
    pod: Pod,
    slot: int,
    given: Sequence[Resident],
    others: Sequence[Resident],
    budgets: Budgets,
) -> Victims | None:
    """Whom to evict from the node in that slot so that *pod* may go there; None when no eviction achieves it.

    *given* are those that kube-scheduler picked there, *others* the rest of its pods. Of neither anybody is evicted who
    is not of lower priority than *pod*. Nobody need go when it has room already.
    """
    refusal = engine.refusal(nodes, pod.of, slot)
    if refusal is not None and refusal.unresolvable:
        return None
    picked = {resident.uid: resident for resident in given if resident.priority < pod.priority}
    rest = {each.uid: each for each in others if each.priority < pod.priority and each.uid not in picked}
    fixed = []
    for uid, resident in picked.items():
        if _is_picked_for_resources(nodes, pod.of, slot, resident, tuple(picked.values())):
            rest[uid] = resident
        else:
            fixed.append(resident)
    chosen = VictimSearch(engine, nodes, pod.of, slot, fixed, tuple(rest.values()), budgets).cheapest()
    if chosen is None:
        return None
    return Victims(tuple(sorted(chosen, key=lambda resident: resident.importance)), len(violating(chosen, budgets)))


def _is_picked_for_resources(
    nodes: Snapshot, pod: PodClass, slot: int, resident: Resident, picked: Sequence[Resident]
) -> bool:
    """Would resources lack, as kube-scheduler counts them, if all that it picked went but this one."""
    seen = replace(pod, gpu=GpuRequest(count=pod.gpu.count) if pod.gpu and not pod.gpu.is_shared else None)
    row = without(nodes, slot, [other.placement for other in picked if other is not resident])
    return not dynamic_fit(row, seen)[0]
