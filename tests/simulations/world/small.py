"""A world of two edge sites and a cloud that a test can follow by hand."""

from __future__ import annotations

import math
from collections.abc import Iterable

from policies.engine.contract import FilterScorer
from policies.engine.decide import Engine
from policies.model.latency import LatencyMatrix
from policies.model.node import Node
from policies.model.pod import PodClass
from policies.model.site import Site, Tier
from simulations.workloads.geography import Geography
from simulations.world.workload import Arrival, LatencyChange, Outage, Workload
from simulations.world.world import World
from tests.builders import make_class, make_node, make_pod, make_profile

GEOGRAPHY = Geography(
    sites=(Site(name="seoul"), Site(name="busan"), Site(name="aws", tier=Tier.CLOUD)),
    matrix=LatencyMatrix.of(("seoul", "busan", "aws"), [[0.5, 5.0, 50.0], [5.0, 0.5, 50.0], [50.0, 50.0, 0.5]]),
)
NODES = (
    make_node("seoul-1", site="seoul"),
    make_node("busan-1", site="busan"),
    make_node("aws-1", site="aws", tier=Tier.CLOUD),
)
LOCAL = make_class(cpu="4", origin="seoul", preferred="local")  # fills a node


def come(*times: float, lifetime_s: float = math.inf, of: PodClass = LOCAL) -> list[Arrival]:
    return [
        Arrival(time_s=time_s, pod=make_pod(f"p{number}-{time_s:g}", of), lifetime_s=lifetime_s)
        for number, time_s in enumerate(times)
    ]


def world(
    arrivals: Iterable[Arrival],
    *,
    nodes: tuple[Node, ...] = NODES,
    outages: Iterable[Outage] = (),
    changes: Iterable[LatencyChange] = (),
    duration_s: float = 1000.0,
    evict_after_s: float = 300.0,
    geography: Geography = GEOGRAPHY,
    policies: Iterable[FilterScorer | str] = ("hint", "latency"),
) -> World:
    workload = Workload(
        nodes=nodes,
        geography=geography,
        arrivals=tuple(arrivals),
        duration_s=duration_s,
        outages=tuple(outages),
        latency_changes=tuple(changes),
    )
    profile = make_profile(*policies)
    return World(workload, Engine(profile), evict_after_s=evict_after_s, profile=profile)


def where(run: World) -> dict[str, str]:
    """The node of each pod that runs."""
    return {
        placement.pod.name: node.name for node in run._workload.nodes for placement in run.cluster.pods_on(node.name)
    }
