"""A cluster's dump as a world: what would become of its pods on its nodes?

Two questions. **What of those that wait** (the usual one): pods that have a node are there from the start and stay, and
those that are pending are placed around them. **What if we had placed them all** (`replace_all`): every pod arrives, in
order of namespace and name. DaemonSets' pods, static ones and others that are pinned to a node by its name stay on it
either way. A pod on a node that the dump does not have cannot be where it is; it is left out, and counted.

A dump tells no round trips. Without a latency file none between sites is measured: what topology suggests ranks them,
but a pod with a latency limit is placed at the site of its users or nowhere. So it is for sites that the file lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from policies.model.latency import LatencyMatrix
from policies.model.site import Sites
from simulations.errors import InputError
from simulations.workloads.dump import read_dump
from simulations.workloads.geography import Geography
from simulations.workloads.rtt import read_matrix
from simulations.world.workload import Arrival, Workload

_LASTS_S = 60.0  # all is decided at its start


def dumped(files: Sequence[str], *, latency: Path | None = None, replace_all: bool = False) -> Workload:
    """The world that the files of a dump tell of."""
    if not files:
        raise InputError("source dump: settings.dump must name the file (kubectl get nodes,pods -A -o json)")
    told = read_dump(*map(Path, files))
    names = {node.name for node in told.nodes}
    standing = [bound for bound in told.bound if bound.pinned or not replace_all]
    placed_anew = [bound.pod for bound in told.bound if replace_all and not bound.pinned]
    arriving = sorted((*told.pending, *placed_anew), key=lambda pod: (pod.namespace, pod.name))
    if not arriving:
        way = "" if replace_all else "; settings.replace_all: true places those that have a node anew"
        raise InputError(f"source dump: no pod in {', '.join(files)} waits for a node{way}")
    here = tuple(bound for bound in standing if bound.node in names)
    return Workload(
        nodes=told.nodes,
        geography=_geography(told.sites, latency),
        bound=here,
        left_out=len(standing) - len(here),
        arrivals=tuple(Arrival(time_s=0.0, pod=pod) for pod in arriving),
        duration_s=_LASTS_S,
    )


def _geography(sites: Sites, latency: Path | None) -> Geography:
    p50_ms, p95_ms = (np.full((len(sites), len(sites)), np.nan) for _ in range(2))
    source = "unmeasured"
    if latency is not None:
        told = read_matrix(latency, tuple(sites)).matrix
        rows = [sites.number(name) for name in told.sites]
        p50_ms[np.ix_(rows, rows)], p95_ms[np.ix_(rows, rows)] = told.p50_ms, told.p95_ms
        source = told.sources[0]
    matrix = LatencyMatrix.of(sites.names, p50_ms, p95_ms, source=source)
    return Geography(sites=tuple(sites), matrix=matrix)
