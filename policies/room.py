"""Room for those who follow: a pod whose partners are not placed yet goes where they can come to it.

`depends_on` names services that the pod talks to. Those that run nowhere yet will be placed near this one, by
`dependencies`, if there is room; so the first pod of an application decides where all of it can be. With room = how
many pods like this one the node still takes, this one included, and absent = services not placed yet:

    absent > 0:  score = min(1, (room - 1) / absent)
    absent = 0:  score = tight / room

The second line fills the smallest gap of equals, so that room stays where an application needs it. `tight` is small,
since a small gap is nothing to travel for. The partners are taken to be as big as the pod itself: their requests are
not known here, which is the price of looking at one pod at a time.

What it gives is measured where zones are too small for an application: the kind `microservices`, over sites of 2 to 12
pods (`edgeward sweep s2-microservices-sites --over simulations/scenarios/sweeps/s2-site-size.yaml`).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.contract import PARAMETERS, FilterScorer, Floats, Ints, Scope
from policies.model.pod import PodClass, service_group
from policies.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Room(FilterScorer):
    """Prefers nodes with room for the services that the pod depends on and that are not placed yet."""

    tight: Annotated[float, Field(ge=0, le=1)] = 0.02  # how much a pod that nobody follows prefers a small gap

    scope: ClassVar[Scope] = Scope.CLUSTER

    def key(self, pod: PodClass) -> Hashable:
        return pod.requests, pod.namespace, pod.depends_on

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if not pod.depends_on:
            return None
        room, absent = _room(nodes, pod), _absent(nodes, pod)
        score: Floats = np.clip((room - 1) / absent, 0, 1) if absent else self.tight / np.maximum(room, 1)
        return score

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        if not pod.depends_on:
            return "depends on nothing"
        return f"room for {_room(nodes, pod)[0] - 1} more such pods, {_absent(nodes, pod)} services not placed yet"


def _room(nodes: Snapshot, pod: PodClass) -> Ints:
    """How many pods like this one each node takes."""
    room = nodes.free("pods").copy()
    for resource, amount in pod.requests:
        if amount:
            np.minimum(room, nodes.free(resource) // amount, out=room)
    return np.maximum(room, 0, out=room)


def _absent(nodes: Snapshot, pod: PodClass) -> int:
    whole = nodes.whole
    groups = {service_group(pod.namespace, service) for service in pod.depends_on}
    return sum(not whole.count(group).any() for group in groups)


POLICY: type[FilterScorer] = Room
