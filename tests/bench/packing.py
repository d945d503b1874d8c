"""One run of the published GPU packing experiment: FGD, and the other policies in parts of its time.

Uses the real trace where the shared data is there, else a made-up one of the same size; the line says which.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from policies.engine.catalogue import shipped
from policies.engine.decide import Engine
from policies.fragmentation import Mix
from simulations.kinds import gpu_packing
from simulations.packing.replay import replay
from simulations.packing.typical import told, trace_mix
from simulations.workloads.arrivals import arrival_order
from simulations.workloads.builtin_gpu import builtin_gpu_cluster
from simulations.workloads.openb import TraceNodes, TracePods, read_nodes, read_pods

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_COPIES = 30  # of the small made-up cluster: 1,200 nodes
_ROUNDS = 3


def measure() -> list[tuple[str, str]]:
    """Seconds of the best round."""
    which, nodes, pods = _trace()
    arrivals = arrival_order(pods, nodes, ratio=1.3, seed=42)
    mix = trace_mix(pods)
    rows = []
    fgd_s = 0.0
    for name in ("fgd", "gpu-stranding", "best-fit", "dot-product", "gpu-packing", "gpu-clustering"):
        profile = told(shipped().alone(name), mix)
        best = min(
            replay(nodes, pods, arrivals, Engine(profile), Mix(mix.typical)).placing_seconds for _ in range(_ROUNDS)
        )
        if name == "fgd":
            fgd_s = best
            rows.append((f"{name}, {which}: {len(arrivals.order)} pods, {len(nodes)} nodes", f"{best:.2f} s (goal 2)"))
        else:
            rows.append((f"{name}, in parts of fgd's time", f"{best / fgd_s:.2f}"))
    return rows


def _trace() -> tuple[str, TraceNodes, TracePods]:
    if (_DATA / gpu_packing.OPENB_NODES).is_file():
        return "openb", read_nodes(_DATA / gpu_packing.OPENB_NODES), read_pods(_DATA / gpu_packing.OPENB_PODS)
    small, _ = builtin_gpu_cluster()
    _, pods = builtin_gpu_cluster(pods=8152)
    nodes = TraceNodes(
        names=tuple(f"{name}-{copy:02d}" for copy in range(_COPIES) for name in small.names),
        cpu_milli=np.tile(small.cpu_milli, _COPIES),
        memory_mib=np.tile(small.memory_mib, _COPIES),
        gpu_count=np.tile(small.gpu_count, _COPIES),
        models=small.models * _COPIES,
    )
    return "made-up trace", nodes, pods
