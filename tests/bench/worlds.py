"""Clusters and pods of any size for the measurements."""

from __future__ import annotations

import numpy as np

from policies.model.cluster import Cluster
from policies.model.demand import Demand
from policies.model.gpu import Gpu, GpuRequest
from policies.model.hint import Hint
from policies.model.latency import LatencyMatrix
from policies.model.node import Node
from policies.model.pod import Pod, PodClass
from policies.model.site import Site, Sites, Tier

_GIB = 2**30


def make_cluster(nodes: int, *, sites: int = 20, cpu_milli: int = 64_000, gpus: bool = False) -> Cluster:
    """That many nodes over the sites in turn, every tenth site a cloud, every fourth node with four GPUs when asked."""
    names = [f"site-{number:03d}" for number in range(sites)]
    cluster = Cluster(
        Sites(tuple(Site(name=n, tier=Tier.CLOUD if i % 10 == 9 else Tier.EDGE) for i, n in enumerate(names)))
    )
    rtt_ms = np.random.default_rng(1).uniform(1.0, 100.0, size=(sites, sites))
    cluster.set_latency(LatencyMatrix.of(names, (rtt_ms + rtt_ms.T) / 2))
    for number in range(nodes):
        cluster.set_node(
            Node(
                name=f"node-{number:06d}",
                allocatable={"cpu": cpu_milli, "memory": 256 * _GIB, "pods": 1_000_000},
                gpus=(Gpu(model="T4"),) * 4 if gpus and number % 4 == 0 else (),
                site=names[number % sites],
            )
        )
    return cluster


def make_pods(count: int, *, classes: int = 8, sites: int = 20, gpus: bool = False) -> list[Pod]:
    """Pods of several classes in turn: each with its origin and a hint; every fourth takes a share of a GPU."""
    kinds = [
        PodClass.of(
            {"cpu": 500, "memory": _GIB},
            demand=Demand(((f"site-{number % sites:03d}", 1.0),)),
            hint=Hint.parse(preferred="local"),
            gpu=GpuRequest(milli=250) if gpus and number % 4 == 3 else None,
            service=f"service-{number}",
        )
        for number in range(classes)
    ]
    return [Pod(name=f"pod-{number}", of=kinds[number % classes]) for number in range(count)]
