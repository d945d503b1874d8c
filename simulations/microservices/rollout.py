"""Applications are created one after the other, each service a pod, and a decider gives each pod its node.

Users of an application are all in one zone. Regions take turns, and inside a region all zones had a turn before one has
its second: users are spread as evenly as can be, in an order that the seed draws. Every pod says what it talks to and
where the users are; a decider reads what it understands of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from policies.engine.decide import NO_NODE
from policies.model.cluster import Cluster
from policies.model.demand import Demand
from policies.model.pod import Pod, PodClass
from policies.model.site import Sites
from policies.model.snapshot import Snapshot
from simulations.baselines.decider import Decider
from simulations.kinds.contract import Progress
from simulations.microservices.boutique import PARTNERS, SERVICES
from simulations.microservices.landscape import POD, Landscape

Ints = npt.NDArray[np.int64]
_STEPS = 100  # how often progress is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Where everything went."""

    node: Ints  # application × service, in order of SERVICES: the node's number, NO_NODE while the pod is pending
    refusals: Mapping[str, int]  # why pods are pending


def users(world: Landscape, applications: int, rng: np.random.Generator) -> Ints:
    """The zone of each application's users."""
    zones = [np.flatnonzero(world.region_of_zone == region) for region in range(len(world.regions))]
    rounds = -(-applications // len(world.region_of_zone))
    turns = np.array([np.concatenate([rng.permutation(of) for _ in range(rounds)]) for of in zones])
    by_turn: Ints = turns.T.reshape(-1)[:applications]
    return by_turn


def roll_out(world: Landscape, users_zone: Ints, decider: Decider, progress: Progress) -> Rollout:
    """All applications; a pod that fits nowhere stays pending, and the next one is tried."""
    cluster = Cluster(Sites(world.zones.sites))
    for node in world.nodes:
        cluster.set_node(node)
    cluster.set_latency(world.zones.matrix)
    number = {node.name: i for i, node in enumerate(world.nodes)}
    placed = np.full((len(users_zone), len(SERVICES)), NO_NODE, dtype=np.int64)
    refusals: Counter[str] = Counter()
    for application, zone in enumerate(users_zone.tolist()):
        if application % max(1, len(users_zone) // _STEPS) == 0:
            progress(application / len(users_zone), f"application {application + 1} of {len(users_zone)}")
        namespace = f"shop-{application + 1:05d}"
        demand = Demand(((world.zones.names[zone], 1.0),))
        for column, service in enumerate(SERVICES):
            of = PodClass.of(POD, namespace=namespace, service=service, demand=demand, depends_on=PARTNERS[service])
            nodes = cluster.live()
            slot = decider.choose(nodes, of)
            if slot == NO_NODE:
                refusals[_main_reason(decider, nodes, of)] += 1
                continue
            name = str(nodes.name[slot])
            cluster.bind(Pod(name=service, namespace=namespace, of=of), name)
            placed[application, column] = number[name]
    return Rollout(node=placed, refusals=refusals)


def _main_reason(decider: Decider, nodes: Snapshot, pod: PodClass) -> str:
    """What most nodes say that do not take the pod, without the numbers."""
    told = [refusal for slot in range(len(nodes)) if (refusal := decider.refusal(nodes, pod, slot)) is not None]
    counts = Counter(
        f"{refusal.policy}: {refusal.reason.split()[0]}" if refusal.policy == "fit" else refusal.policy
        for refusal in told
    )
    return min(counts, key=lambda reason: (-counts[reason], reason)) if counts else "no node is ready"
