"""Nodes, pods, clusters and profiles with good defaults, so that a test shows only what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from policies.engine.catalogue import shipped
from policies.engine.contract import FilterScorer
from policies.engine.profile import Profile, Shortlist, Step
from policies.model.cluster import Cluster
from policies.model.demand import Demand
from policies.model.gpu import Gpu, GpuRequest
from policies.model.hint import Hint
from policies.model.latency import LatencyMatrix
from policies.model.node import Node, NumaZone
from policies.model.pod import Pod, PodClass
from policies.model.quantity import milli, units
from policies.model.site import Site, Sites, Tier
from policies.model.taint import Taint, Toleration


def make_node(
    name: str = "n1",
    *,
    cpu: str = "4",
    memory: str = "16Gi",
    pods: int = 110,
    gpus: int | Iterable[str] = 0,
    site: str = "seoul",
    tier: Tier | None = None,
    taints: Iterable[Taint] = (),
    labels: Mapping[str, str] | None = None,
    zones_milli: Iterable[int] = (),
    usage: Mapping[str, float] | None = None,
    ready: bool = True,
    resources: Mapping[str, int] | None = None,
) -> Node:
    """A ready edge node; *gpus* are so many without a model, or the models."""
    models = ("",) * gpus if isinstance(gpus, int) else tuple(gpus)
    return Node(
        name=name,
        allocatable={"cpu": milli(cpu), "memory": units(memory), "pods": pods, **(resources or {})},
        labels=labels or {},
        taints=tuple(taints),
        gpus=tuple(Gpu(model=model) for model in models),
        numa=tuple(NumaZone(cpu_milli=zone) for zone in zones_milli),
        usage=usage or {},
        site=site,
        tier=tier,
        ready=ready,
    )


def make_class(
    *,
    cpu: str = "500m",
    memory: str = "0",
    gpu_milli: int = 0,
    gpus: int = 0,
    models: Iterable[str] = (),
    origin: str = "",
    preferred: str = "",
    fallback: str = "",
    required: bool = False,
    tolerations: Iterable[Toleration] = (),
    requests: Mapping[str, int] | None = None,
    **rest: Any,
) -> PodClass:
    """A class that asks for half a core; *gpu_milli* is a share of one GPU, *gpus* are whole ones."""
    gpu = None
    if gpu_milli or gpus:
        gpu = GpuRequest(milli=gpu_milli or 1000, count=gpus or 1, models=tuple(models))
    return PodClass.of(
        {"cpu": milli(cpu), "memory": units(memory), **(requests or {})},
        gpu=gpu,
        demand=Demand.parse(origin) if origin else None,
        hint=Hint.parse(preferred=preferred, fallback=fallback, required=required) if preferred or fallback else None,
        tolerations=tuple(tolerations),
        **rest,
    )


def make_pod(name: str = "p1", of: PodClass | None = None, **asked: Any) -> Pod:
    """A pod of that class, or of the class that `make_class` makes of the rest."""
    return Pod(name=name, of=of or make_class(**asked))


def make_sites(*names: str, cloud: Iterable[str] = ()) -> Sites:
    """Edge sites, except those that are *cloud*."""
    clouds = set(cloud)
    return Sites(tuple(Site(name=n, tier=Tier.CLOUD if n in clouds else Tier.EDGE) for n in (*names, *sorted(clouds))))


def make_latency(
    names: Iterable[str], rtt_ms: Mapping[tuple[str, str], float], *, same_ms: float = 0.5, at_s: float = 0.0
) -> LatencyMatrix:
    """Both ways as given, where the way back is not given itself; pairs that are not given were never measured."""
    order = tuple(names)
    p50 = np.full((len(order), len(order)), np.nan)
    np.fill_diagonal(p50, same_ms)
    for (a, b), value in rtt_ms.items():
        row, column = order.index(a), order.index(b)
        p50[row, column] = value
        if (b, a) not in rtt_ms:
            p50[column, row] = value
    return LatencyMatrix.of(order, p50, measured_at_s=at_s, source="probe")


def make_cluster(
    *nodes: Node,
    sites: Sites | None = None,
    rtt_ms: Mapping[tuple[str, str], float] | None = None,
) -> Cluster:
    """A cluster of these nodes; *rtt_ms* is measured now."""
    cluster = Cluster(sites)
    for node in nodes:
        cluster.set_node(node)
    if rtt_ms is not None:
        cluster.set_latency(make_latency(cluster.live().sites.names, rtt_ms))
    return cluster


def make_metro() -> Cluster:
    """seoul and busan 5 ms apart, jeju 30 ms away, a cloud at 50 ms; two nodes each, those called `-2` with GPUs."""
    sites = make_sites("seoul", "busan", "jeju", cloud=["cloud"])
    nodes = [
        make_node(f"{site.name}-{number}", gpus=2 if number == 2 else 0, site=site.name, tier=site.tier)
        for site in sites
        for number in (1, 2)
    ]
    near = {("seoul", "busan"): 5.0, ("seoul", "jeju"): 30.0, ("busan", "jeju"): 30.0}
    far = {(name, "cloud"): 50.0 for name in ("seoul", "busan", "jeju")}
    return make_cluster(*nodes, sites=sites, rtt_ms={**near, **far})


def make_profile(
    *policies: str | FilterScorer | tuple[str | FilterScorer, float],
    top_score: int = 100,
    tiers: str = "",
    nodes: int = 0,
) -> Profile:
    """These policies, by name or as values, each perhaps with a weight; `tiers` or `nodes` make it a shortlist."""
    steps = []
    for entry in policies:
        policy, weight = entry if isinstance(entry, tuple) else (entry, 1.0)
        if isinstance(policy, str):
            steps.append(Step(name=policy, policy=shipped().policy(policy)(), weight=weight))
        else:
            steps.append(Step(name=type(policy).__name__, policy=policy, weight=weight))
    shortlist = Shortlist.model_validate({"tiers": tiers or "all", "nodes": nodes}) if tiers or nodes else None
    return Profile(name="test", steps=tuple(steps), top_score=top_score, shortlist=shortlist)


def run_everywhere(cluster: Cluster, placed: Mapping[str, PodClass]) -> None:
    """Bind one pod of each class to the node named: `{"n1": make_class(cpu="2")}`."""
    for number, (node, of) in enumerate(placed.items()):
        cluster.bind(Pod(name=f"there-{number}", of=of), node)


def make_left(cpu_milli: int, gpu_left: Iterable[int], model: str = "T4", name: str = "n1") -> Cluster:
    """A cluster of one node with so much CPU and so much of each GPU left; shared pods hold the rest of the GPUs."""
    left = tuple(gpu_left)
    cluster = make_cluster(make_node(name, cpu=f"{cpu_milli}m", gpus=[model] * len(left)))
    number = 0
    for device, free in enumerate(left):
        held = 1000 - free
        for part in (held,) if held < 1000 else (500, 500):
            if part:
                number += 1
                cluster.bind(make_pod(f"holds-{name}-{number}", cpu="0", gpu_milli=part), name, (device,))
    return cluster
