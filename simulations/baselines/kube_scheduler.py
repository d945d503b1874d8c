"""A model of kube-scheduler's cycle: filter, sample, score, add the extender's integers, take one of the best at
random.

With an extender it is the two-stage default of a cluster that runs Edgeward: the profile's filters and shortlist cut
the list, `integer · weight · 10` is added to the in-tree sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from policies.engine.decide import NO_NODE, Engine, Refusal
from policies.engine.fit import best_fit_on, dynamic_fit, misfit, static_fit
from policies.engine.weight import POINTS_PER_INTEGER
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot
from simulations.baselines import in_tree

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Plugin = Callable[[Snapshot, PodClass], Ints]

DEFAULT_PLUGINS: Mapping[Plugin, int] = {  # getDefaultPlugins, those that differ between nodes here
    in_tree.taint_toleration: 3,
    in_tree.pod_topology_spread: 2,
    in_tree.least_allocated: 1,
    in_tree.balanced_allocation: 1,
}
ALL_NODES = 100  # percentageOfNodesToScore
_LEAST_NODES = 100  # minFeasibleNodesToFind
_LEAST_PERCENT = 5  # minFeasibleNodesPercentageToFind


def nodes_to_find(nodes: int, percent: int | None) -> int:
    """After how many feasible nodes kube-scheduler stops looking; *percent* None is its default, 50 - nodes / 125."""
    if nodes < _LEAST_NODES:
        return nodes
    adaptive = max(_LEAST_PERCENT, 50 - nodes // 125) if percent is None else percent
    return max(_LEAST_NODES, nodes * adaptive // 100) if adaptive < ALL_NODES else nodes


class KubeScheduler:
    """A `Decider`. *rng* breaks ties, as kube-scheduler does."""

    def __init__(
        self,
        plugins: Mapping[Plugin, int],
        rng: np.random.Generator,
        *,
        percent: int | None = ALL_NODES,
        extender: Engine | None = None,
        weight: int = 1,
    ) -> None:
        self._plugins = plugins
        self._rng = rng
        self._percent = percent
        self._extender = extender
        self._weight = weight
        self._next = 0  # where the next search for feasible nodes begins
        self._static: dict[PodClass, tuple[object, Bools]] = {}
        self._nowhere: dict[PodClass, tuple[object, int]] = {}  # class → epoch and version at which no node had room
        self._tainted: tuple[object, bool] = (None, True)  # epoch, and whether any node has a taint

    def choose(self, nodes: Snapshot, pod: PodClass) -> int:
        """One of the best nodes at random, NO_NODE when there is none."""
        if self._still_nowhere(nodes, pod):
            return NO_NODE
        if self._extender is not None and self._extender.choose(nodes, pod) == NO_NODE:
            return NO_NODE  # it would refuse all nodes, so it would refuse those that are found; and it remembers
        fits = self._static_fit(nodes, pod) & dynamic_fit(nodes, pod)
        if not fits.any():
            self._nowhere[pod] = (nodes.epoch, nodes.version)
            return NO_NODE
        slots = self._sampled(fits)
        points = np.zeros(len(slots), dtype=np.int64)
        if self._extender is not None and len(slots):
            offered = np.zeros(len(nodes), dtype=np.bool_)
            offered[slots] = True
            decision = self._extender.decide(nodes, pod, offered)
            slots = slots[decision.passed[slots]]
            points = decision.integers[slots] * (self._weight * POINTS_PER_INTEGER)
        if not len(slots):
            return NO_NODE
        if len(slots) > 1:  # one feasible node is taken without scoring
            some = nodes.take(slots)
            for plugin, weight in self._plugins.items():
                if plugin is not in_tree.taint_toleration or self._any_taint(nodes):
                    points = points + plugin(some, pod) * weight
        best = slots[points == points.max()]
        return int(best[self._rng.integers(len(best))]) if len(best) > 1 else int(best[0])

    def _still_nowhere(self, nodes: Snapshot, pod: PodClass) -> bool:
        """A pod that had no room is tried again at every departure: look at the nodes that changed alone."""
        epoch, version = self._nowhere.get(pod, (None, -1))
        rows = nodes.changed_since(version) if epoch == nodes.epoch else None
        if rows is None:
            return False
        static = self._static_fit(nodes, pod)
        if (static[rows] & dynamic_fit(nodes.take(rows), pod)).any():
            del self._nowhere[pod]
            return False
        self._nowhere[pod] = (nodes.epoch, nodes.version)
        return True

    def _any_taint(self, nodes: Snapshot) -> bool:
        if self._tainted[0] != nodes.epoch:
            self._tainted = (nodes.epoch, any(nodes.taints.tolist()))
        return self._tainted[1]

    def _static_fit(self, nodes: Snapshot, pod: PodClass) -> Bools:
        known = self._static.get(pod)
        if known is None or known[0] != nodes.epoch or len(known[1]) != len(nodes):
            known = self._static[pod] = (nodes.epoch, static_fit(nodes, pod))
        return known[1]

    def _sampled(self, fits: Bools) -> Ints:
        size = len(fits)
        find = nodes_to_find(size, self._percent)
        if find >= size:
            return np.flatnonzero(fits)
        in_turn = np.flatnonzero(np.roll(fits, -self._next))
        found = in_turn[:find]
        looked_at = int(found[-1]) + 1 if len(found) == find else size
        slots = (found + self._next) % size
        self._next = (self._next + looked_at) % size
        return np.sort(slots)

    def devices(self, nodes: Snapshot, pod: PodClass, slot: int) -> tuple[int, ...]:
        """The extender's choice, else best fit (a device plugin alone would not know)."""
        if self._extender is not None:
            return self._extender.devices(nodes, pod, slot)
        return best_fit_on(nodes.take([slot]), pod)

    def refusal(self, nodes: Snapshot, pod: PodClass, slot: int) -> Refusal | None:
        """The extender's reason, or the in-tree filters'."""
        if self._extender is not None:
            return self._extender.refusal(nodes, pod, slot)
        unfit = misfit(nodes.take([slot]), pod)
        if unfit is None:
            return None
        return Refusal(node=str(nodes.name[slot]), policy="fit", reason=unfit[0], unresolvable=unfit[1])
