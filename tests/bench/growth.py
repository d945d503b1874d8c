"""How time grows with nodes and pods, up to 100,000 nodes and 1,000,000 pods."""

from __future__ import annotations

import resource
from time import perf_counter

from policies.engine.decide import Engine
from tests.bench.placement import LATENCY, place_all
from tests.bench.worlds import make_cluster, make_pods

_SIZES = ((1_000, 10_000), (10_000, 100_000), (100_000, 1_000_000))


def measure() -> list[tuple[str, str]]:
    """One line: µs a pod at each size, then the whole time and memory of the largest."""
    parts, last = [], ""
    for nodes, pods in _SIZES:
        started = perf_counter()
        cluster, queue = make_cluster(nodes, sites=100), make_pods(pods, classes=50, sites=100)
        placing = perf_counter()
        place_all(cluster, queue, Engine(LATENCY))
        each_us = (perf_counter() - placing) / pods * 1e6
        parts.append(f"{nodes:,} × {pods:,}: {each_us:.0f} µs")
        last = f"{perf_counter() - started:.0f} s"
        del cluster, queue
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [
        ("nodes × pods: time a pod", f"{'; '.join(parts)}; the largest {last}, {peak:.1f} GiB (goals 600 s, 4 GiB)")
    ]
