"""A model of NetworkOverhead (kubernetes-sigs/scheduler-plugins), the network-aware baseline: pods near their partners.

For each node it looks at every placed pod that the new one talks to. Their distance has a cost: 0 on the same node, 1
in the same zone, 5 between zones of a region, the round trip in whole ms between regions. A dependency is satisfied up
to the cost of another zone of the region and violated above.

* filter: nodes on which more dependencies are violated than satisfied are refused;
* score: the sum of the costs, the lowest is best; of equals the least allocated, of these one at random.

It knows nothing of users. The plugin reads an AppGroup, in which each workload lists what it calls; here both ends of a
call know of each other, which is kinder to it: it sees callers that were placed before what they call.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from policies.engine.decide import NO_NODE, Refusal
from policies.engine.fit import best_fit_on, dynamic_fit, misfit, static_fit
from policies.model.pod import PodClass, service_group
from policies.model.snapshot import Snapshot
from simulations.baselines.in_tree import least_allocated
from simulations.microservices.landscape import REGION_LABEL, ZONE_LABEL

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SAME_NODE_COST, SAME_ZONE_COST = 0, 1  # the plugin's SameHostname and SameZone
BETWEEN_ZONES_COST = 5  # zone costs of the plugin's example NetworkTopology
MOST_COST = BETWEEN_ZONES_COST  # maxNetworkCost of each dependency: it wants to stay in its region


class NetworkOverhead:
    """A `Decider`. *rng* breaks the last ties, as kube-scheduler does."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._costs: tuple[object, Ints] = (None, np.empty((0, 0), dtype=np.int64))

    def choose(self, nodes: Snapshot, pod: PodClass) -> int:
        """The cheapest of the nodes on which most dependencies are satisfied, NO_NODE when there is none."""
        costs = self._to_placed(nodes, pod)
        slots = np.flatnonzero(static_fit(nodes, pod) & dynamic_fit(nodes, pod) & _is_satisfying(costs))
        if not len(slots):
            return NO_NODE
        total = costs[slots].sum(axis=1)
        slots = slots[total == total.min()]
        emptiness = least_allocated(nodes.take(slots), pod)
        best = slots[emptiness == emptiness.max()]
        return int(best[self._rng.integers(len(best))])

    def devices(self, nodes: Snapshot, pod: PodClass, slot: int) -> tuple[int, ...]:
        """Best fit: the plugin has no opinion."""
        return best_fit_on(nodes.take([slot]), pod)

    def refusal(self, nodes: Snapshot, pod: PodClass, slot: int) -> Refusal | None:
        """The in-tree filters' reason, else the dependencies that are violated there."""
        name = str(nodes.name[slot])
        unfit = misfit(nodes.take([slot]), pod)
        if unfit is not None:
            return Refusal(node=name, policy="fit", reason=unfit[0], unresolvable=unfit[1])
        costs = self._to_placed(nodes, pod)
        if _is_satisfying(costs)[slot]:
            return None
        violated, known = int((costs[slot] > MOST_COST).sum()), costs.shape[1]
        return Refusal(
            node=name, policy="network-overhead", reason=f"{violated} of {known} dependencies are outside the region"
        )

    def _to_placed(self, nodes: Snapshot, pod: PodClass) -> Ints:
        """(nodes, placed pods that it talks to): the cost of each."""
        costs = self._between_nodes(nodes)
        to = [
            slot
            for service in pod.depends_on
            for slot, count in enumerate(nodes.count(service_group(pod.namespace, service)).tolist())
            for _ in range(count)
        ]
        return costs[:, to]

    def _between_nodes(self, nodes: Snapshot) -> Ints:
        epoch, costs = self._costs
        if epoch != nodes.epoch or len(costs) != len(nodes):
            costs = _node_costs(nodes)
            self._costs = (nodes.epoch, costs)
        return costs


def _node_costs(nodes: Snapshot) -> Ints:
    costs = np.rint(nodes.latency.p50_ms[np.ix_(nodes.site, nodes.site)]).astype(np.int64)
    # whatever was measured, another region is outside: a neighbour across the border may be nearer than 5 ms
    costs = np.maximum(costs, MOST_COST + 1)
    for label, cost in ((REGION_LABEL, BETWEEN_ZONES_COST), (ZONE_LABEL, SAME_ZONE_COST)):
        codes, _ = nodes.label(label)
        costs[(codes[:, None] == codes[None, :]) & (codes[:, None] >= 0)] = cost
    np.fill_diagonal(costs, SAME_NODE_COST)
    return costs


def _is_satisfying(costs: Ints) -> Bools:
    violated = (costs > MOST_COST).sum(axis=1)
    enough: Bools = violated <= costs.shape[1] - violated
    return enough
