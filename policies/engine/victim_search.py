"""The cheapest set of pods whose eviction makes room on one node.

First all candidates are taken away and as many as possible let return, as kube-scheduler does it: that is a set of
which no pod can be spared. Then sets that cost less are tried, from the cheapest on. That is exact as long as it takes
no more than `_TRIALS` tries; past them the first set is taken.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from policies.engine.decide import Engine
from policies.engine.eviction import Budgets, Cost, cost, violating
from policies.engine.fit import dynamic_fit
from policies.model.pod import PodClass
from policies.model.resident import Resident
from policies.model.snapshot import Snapshot
from policies.model.what_if import WhatIf

_TRIALS = 256  # of one node, about 10 ms
_SETS = 2048  # that are priced

Indices = tuple[int, ...]  # a set of candidates, rising


class VictimSearch:
    """Evictions from one node: the *fixed* pods go in any case, as many *candidates* as it takes."""

    def __init__(
        self,
        engine: Engine,
        nodes: Snapshot,
        pod: PodClass,
        slot: int,
        fixed: Sequence[Resident],
        candidates: Sequence[Resident],
        budgets: Budgets,
    ) -> None:
        self._engine, self._pod, self._fixed, self._budgets = engine, pod, fixed, budgets
        # those that cost least first
        self._candidates = sorted(candidates, key=lambda each: (each.priority, -each.started_s, each.uid))
        self._node = WhatIf(nodes, slot)
        for resident in fixed:
            self._node.take_off(resident.placement)
        self._gone: set[int] = set()

    def cheapest(self) -> list[Resident] | None:
        """All who go; None when nothing helps."""
        everybody = set(range(len(self._candidates)))
        bound: Indices | None = None
        if self._admits(everybody):
            bound = self._after_reprieve(everybody)
        elif not dynamic_fit(self._node.row, self._pod)[0]:
            return None
        # else a policy wants one of the candidates to stay, so another set may do
        best = None if bound is None else self._cost(bound)
        cheaper = (chosen for chosen in islice(self._from_the_cheapest(best), _TRIALS) if self._admits(set(chosen)))
        found = next(cheaper, bound)
        return None if found is None else self._residents(found)

    def _after_reprieve(self, gone: set[int]) -> Indices:
        """Who still must go when the most important return first that can, of those violating a budget before others.

        All are tried again as long as anybody returned: a policy may mind one pod less beside another.
        """
        broken = violating(self._residents(gone), self._budgets)
        order = sorted(gone, key=lambda i: (self._candidates[i].uid not in broken, self._candidates[i].importance))
        left = -1
        while left != len(gone):
            left = len(gone)
            for index in order:
                if index in gone and self._admits(gone - {index}):
                    gone = gone - {index}
        return tuple(sorted(gone))

    def _from_the_cheapest(self, bound: Cost | None) -> Iterator[Indices]:
        """Sets that cost less than *bound* and free enough, in order of their cost."""
        covers, twins = self._cover(), self._cheaper_twins()
        heap: list[tuple[Cost, Indices]] = [(self._cost(()), ())]
        priced = 0
        while heap and priced < _SETS:
            price, chosen = heapq.heappop(heap)
            if bound is not None and price >= bound:
                return
            if covers(chosen):
                yield chosen
            for index in range(chosen[-1] + 1 if chosen else 0, len(twins)):
                if twins[index] in (None, *chosen):
                    priced += 1
                    more = (*chosen, index)
                    price = self._cost(more)
                    if bound is None or price < bound:
                        heapq.heappush(heap, (price, more))
                    elif not self._budgets:
                        break  # those that follow cost more still

    def _cheaper_twins(self) -> list[int | None]:
        """For each candidate one that holds the very same and costs no more, and so goes before it."""
        last: dict[object, int] = {}
        twins: list[int | None] = []
        for index, resident in enumerate(self._candidates):
            place = resident.placement
            # whose turn it is with a budget may depend on who else goes
            own = resident.uid if self._budgets.get(resident.uid) else ""
            same = (place.pod.of, place.devices, place.zone, resident.priority, own)
            twins.append(last.get(same))
            last[same] = index
        return twins

    def _cover(self) -> Callable[[Indices], bool]:
        """A quick look whether a set frees as much of each resource as lacks, before it is tried."""
        self._leave(set())
        wanted = (("pods", 1), *self._pod.requests)
        lacks = [amount - int(self._node.row.free(name)[0]) for name, amount in wanted]
        classes = [resident.placement.pod.of for resident in self._candidates]
        holds = [[1 if name == "pods" else of.request(name) for name, _ in wanted] for of in classes]
        return lambda chosen: all(sum(holds[i][r] for i in chosen) >= lack for r, lack in enumerate(lacks))

    def _admits(self, gone: set[int]) -> bool:
        self._leave(gone)
        return self._engine.admits(self._node.row, self._pod)

    def _leave(self, gone: set[int]) -> None:
        for index in gone - self._gone:
            self._node.take_off(self._candidates[index].placement)
        for index in self._gone - gone:
            self._node.put_back(self._candidates[index].placement)
        self._gone = gone

    def _residents(self, chosen: set[int] | Indices) -> list[Resident]:
        return [*self._fixed, *(self._candidates[index] for index in sorted(chosen))]

    def _cost(self, chosen: Indices) -> Cost:
        return cost(self._residents(chosen), self._budgets)
