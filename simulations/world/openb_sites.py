"""The openb GPU trace at the edge: its nodes over metros and clouds, its pods with users.

The trace tells machines and jobs but neither places nor users. We deal its nodes to the sites, every third one to a
cloud, and give pods with GPUs a hint `local` and an origin, Pareto-skewed; the others have no wish, as in the trace.

Its pods come over a month and keep one GPU in a hundred busy. So the time between their creations is compressed to the
duration (the first hundredth, which were there long before the rest, come at the start), each runs for as long as it
did, and only so many nodes are taken, drawn at random, that *load* of their GPUs is asked for on average.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from policies.model.demand import Demand
from policies.model.gpu import Gpu
from policies.model.hint import Hint
from policies.model.node import Node
from policies.model.pod import Pod, PodClass
from policies.model.site import Tier
from simulations.errors import InputError
from simulations.packing.replay import pod_classes
from simulations.workloads import weights
from simulations.workloads.geography import Geography
from simulations.workloads.openb import NOT_TOLD, TraceNodes, read_nodes, read_pods
from simulations.world.workload import Arrival, Workload

NODES, PODS = "openb/nodes_gpu.csv.gz", "openb/pods_default.csv.gz"
_IN_CLOUDS = 1 / 3
_MIB = 2**20
_PODS = 110  # kubelet's default maxPods


def openb(
    data: Path | None, geography: Geography, rng: np.random.Generator, *, load: float, duration_s: float, alpha: float
) -> Workload:
    """The trace of the data folder on these sites."""
    if data is None or not (data / NODES).is_file() or not (data / PODS).is_file():
        raise InputError(
            f"source openb: no {NODES} and {PODS} in the data folder ({data or 'none given'}); use --data DIR"
        )
    trace, pods = read_nodes(data / NODES), read_pods(data / PODS)
    if pods.created_s is None or pods.deleted_s is None:
        raise InputError(f"{data / PODS}: missing column creation_time or deletion_time")
    first_s, last_s = np.quantile(pods.created_s, [0.01, 1.0])
    come_s = duration_s * np.clip((pods.created_s - first_s) / max(last_s - first_s, 1.0), 0.0, 1.0)
    stay_s = np.where(pods.deleted_s == NOT_TOLD, np.inf, pods.deleted_s - pods.created_s)
    busy_milli = float(pods.total_gpu_milli @ np.minimum(stay_s, duration_s - come_s)) / duration_s
    drawn = rng.permutation(len(trace))
    enough = int(np.searchsorted(1000 * load * trace.gpu_count[drawn].cumsum(), busy_milli)) + 1
    edges = [site.name for site in geography.sites if site.tier is Tier.EDGE]
    origins = rng.choice(len(edges), size=len(pods), p=weights.pareto(len(edges), rng, alpha=alpha)).tolist()
    classes, known = pod_classes(pods), dict[tuple[PodClass, int], PodClass]()
    arrivals = []
    for index in np.argsort(come_s, kind="stable").tolist():
        of, origin = classes[index], origins[index]
        if of.gpu is not None:
            if (of, origin) not in known:
                demand, hint = Demand(((edges[origin], 1.0),)), Hint.parse(preferred="local")
                known[of, origin] = replace(of, demand=demand, hint=hint)
            of = known[of, origin]
        pod = Pod(name=pods.names[index], of=of)
        arrivals.append(Arrival(time_s=float(come_s[index]), pod=pod, lifetime_s=float(stay_s[index])))
    nodes = _nodes(trace, np.sort(drawn[:enough]).tolist(), geography, rng)
    return Workload(nodes=nodes, geography=geography, arrivals=tuple(arrivals), duration_s=duration_s)


def _nodes(trace: TraceNodes, taken: list[int], geography: Geography, rng: np.random.Generator) -> tuple[Node, ...]:
    is_cloud = np.array([site.tier is Tier.CLOUD for site in geography.sites])
    share = np.where(is_cloud, _IN_CLOUDS / max(is_cloud.sum(), 1), (1 - _IN_CLOUDS) / max((~is_cloud).sum(), 1))
    sites = rng.choice(len(share), size=len(taken), p=share / share.sum()).tolist()
    return tuple(
        Node(
            name=trace.names[index],
            allocatable={
                "cpu": int(trace.cpu_milli[index]),
                "memory": int(trace.memory_mib[index]) * _MIB,
                "pods": _PODS,
            },
            gpus=(Gpu(model=trace.models[index]),) * int(trace.gpu_count[index]),
            site=geography.sites[site].name,
            tier=geography.sites[site].tier,
        )
        for index, site in zip(taken, sites, strict=True)
    )
