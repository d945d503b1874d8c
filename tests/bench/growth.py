"""How time grows with nodes and pods, up to 100,000 nodes and 1,000,000 pods, and what a pod costs that leaves, too."""

from __future__ import annotations

import resource
from time import perf_counter

import numpy as np

from policies.engine.decide import Engine
from policies.model.cluster import Cluster
from policies.model.pod import Pod
from tests.bench.placement import LATENCY, place_all
from tests.bench.worlds import make_cluster, make_pods

_SIZES = ((1_000, 10_000), (10_000, 100_000), (100_000, 1_000_000))
_STEADY_NODES = 10_000  # where pods leave again, as many times as there are pods


def measure() -> list[tuple[str, str]]:
    """µs a pod at each size with the whole time and memory of the largest; then µs a step of a full cluster."""
    parts, last = [], ""
    steady_us = 0.0
    for nodes, pods in _SIZES:
        started = perf_counter()
        cluster, queue = make_cluster(nodes, sites=100), make_pods(pods, classes=50, sites=100)
        engine = Engine(LATENCY)
        placing = perf_counter()
        place_all(cluster, queue, engine)
        each_us = (perf_counter() - placing) / pods * 1e6
        parts.append(f"{nodes:,} × {pods:,}: {each_us:.0f} µs")
        last = f"{perf_counter() - started:.0f} s"
        if nodes == _STEADY_NODES:
            steady_us = _churn_s(cluster, queue, engine) / len(queue) * 1e6
        del cluster, queue, engine
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [
        ("nodes × pods: time a pod", f"{'; '.join(parts)}; the largest {last}, {peak:.1f} GiB (goals 600 s, 4 GiB)"),
        (f"{_STEADY_NODES:,} nodes, one pod leaves and one comes", f"{steady_us:.0f} µs"),
    ]


def _churn_s(cluster: Cluster, placed: list[Pod], engine: Engine) -> float:
    """Seconds in which each pod, drawn from all, leaves and the one that left before it comes back to any node."""
    live = cluster.live()
    names = live.name.tolist()
    leaving = [placed[index] for index in np.random.default_rng(1).permutation(len(placed)).tolist()]
    coming = cluster.unbind(leaving.pop().uid).pod
    started = perf_counter()
    for pod in leaving:
        cluster.unbind(pod.uid)
        slot = engine.choose(live, coming.of)
        cluster.bind(coming, names[slot], engine.devices(live, coming.of, slot))
        coming = pod
    return perf_counter() - started
