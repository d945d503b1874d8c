"""What one decision costs on 5,000 nodes with the profile edge-default, for a class that is known and a new one."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from tests.bench.worlds import make_cluster, make_pods

_NODES = 5000
_DECISIONS = 400


def measure() -> list[tuple[str, str]]:
    """Medians: after one pod was bound since, all pods of one class; interleaved classes; and from nothing."""
    profile = shipped().profile("edge-default")
    known = _median_ms(Engine(profile), classes=1)
    mixed = _median_ms(Engine(profile), classes=16)
    cluster, pod = make_cluster(_NODES, gpus=True), make_pods(1, gpus=True)[0]
    anew = []
    for _ in range(20):
        started = perf_counter()
        Engine(profile).decide(cluster.live(), pod.of)
        anew.append(1000 * (perf_counter() - started))
    return [
        ("edge-default, 5000 nodes, known class, one change since", f"{known:.3f} ms (goal 0.5)"),
        ("the same, 16 classes in turn (16 changes since)", f"{mixed:.3f} ms"),
        ("the whole decision from nothing", f"{np.median(anew):.2f} ms, {np.median(anew) / known:.0f} times the first"),
    ]


def _median_ms(engine: Engine, *, classes: int) -> float:
    cluster = make_cluster(_NODES, gpus=True)
    live = cluster.live()
    names = live.name.tolist()
    taken = []
    for pod in make_pods(_DECISIONS, classes=classes, gpus=True):
        started = perf_counter()
        slot = engine.choose(live, pod.of)
        taken.append(1000 * (perf_counter() - started))
        cluster.bind(pod, names[slot], engine.devices(live, pod.of, slot))
    return float(np.median(taken[classes:]))
