"""What one decision costs on 5,000 nodes with the profile edge-default, for a class that is known and a new one.

And what the extender needs around it: slots for names, snapshots that stay, the whole decision for those offered, and
reasons for all that are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import ParamSpec, TypeVar

import numpy as np

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.model.latency import LatencyMatrix
from policies.model.pod import Pod
from tests.bench.worlds import make_cluster, make_pods

_NODES = 5000
_DECISIONS = 400
_SITES = 20
MATRIX = LatencyMatrix.of([f"site-{number:03d}" for number in range(_SITES)], np.full((_SITES, _SITES), 5.0))

P = ParamSpec("P")
T = TypeVar("T")


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
        *_around(),
        ("edge-default, 5000 nodes, known class, one change since", f"{known:.3f} ms (goal 0.5)"),
        ("the same, 16 classes in turn (16 changes since)", f"{mixed:.3f} ms"),
        ("the whole decision from nothing", f"{np.median(anew):.2f} ms, {np.median(anew) / known:.0f} times the first"),
    ]


def _around() -> list[tuple[str, str]]:
    cluster, kinds = make_cluster(_NODES, gpus=True), [pod.of for pod in make_pods(2, gpus=True)]
    engine, nodes = Engine(shipped().profile("edge-default")), cluster.freeze()
    names = nodes.name.tolist()
    offered = np.ones(_NODES, dtype=np.bool_)
    too_far = replace(kinds[0], max_rtt_ms=0.001)  # from any node
    took: dict[str, list[float]] = {}
    for number in range(100):
        for pod in range(3):
            cluster.bind(Pod(name=f"p{number}-{pod}", of=kinds[1]), names[(number * 3 + pod) % _NODES])
        nodes = _timed(took, "freeze, 3 rows changed", cluster.freeze)
        _timed(took, "slots of 5000 names", nodes.slots_of, names)
        _timed(took, "decide among those offered, 3 rows changed", engine.decide, nodes, kinds[0], offered)
        if number % 10 == 0:
            decision = engine.decide(nodes, too_far, offered)
            every = np.arange(_NODES)
            _timed(took, "reasons for 5000 refused", engine.refusals, nodes, too_far, decision, every)
            cluster.set_latency(MATRIX)
            _timed(took, "latency told anew", cluster.live)
    return [(what, f"{np.median(each):.3f} ms") for what, each in took.items()]


def _timed(took: dict[str, list[float]], what: str, do: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    started = perf_counter()
    done = do(*args, **more)
    took.setdefault(what, []).append(1000 * (perf_counter() - started))
    return done


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
