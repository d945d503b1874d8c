"""Where a made-up world comes from: metros of cities, or the five edges of GS-LinkHQ. A dump is `dumped`'s."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from policies.model.demand import Demand
from policies.model.latency import LatencyMatrix
from policies.model.pod import Pod, PodClass
from policies.model.site import Site
from simulations.errors import InputError
from simulations.workloads import linkhq as five_edges
from simulations.workloads.arrival_times import poisson
from simulations.workloads.builtin_cities import builtin_cities
from simulations.workloads.geography import Geography
from simulations.workloads.rtt import read_cities
from simulations.world.edge_sites import edge_arrivals, edge_nodes
from simulations.world.metro import metros
from simulations.world.rhythm import Rhythm
from simulations.world.workload import Arrival, Workload

MEASURED = "rtt_222_cities"
USUAL_CLOUD = {"builtin": ("frankfurt", "singapore"), MEASURED: ("frankfurt", "tokyo")}  # it has no Singapore
_BETWEEN_EDGES_MS = 8.0  # the source gives none; one metro region
_DEADLINE_RTT_MS = 20.0  # what a task with a deadline may be away from its users


def described(source: str, data: Path | None, files: Sequence[str]) -> str:
    """The source in words, for tables and reports."""
    if source == "dump":
        return f"dump {', '.join(files)}"
    if source == "auto":
        return MEASURED if _measured(data) else "builtin"
    return source


def cities(source: str, data: Path | None, cloud: Iterable[str]) -> Geography:
    """The cities with their round trips and which of them are clouds."""
    if source == MEASURED or (source == "auto" and _measured(data)):
        if not _measured(data):
            raise InputError(
                f"source {MEASURED}: no folder {MEASURED} in the data folder ({data or 'none given'}); use --data DIR"
            )
        measured = read_cities(Path(data or "") / MEASURED)
        by_folded = {name.lower().replace(" ", "-"): name for name in measured.names}
        return _with_cloud(measured, [by_folded.get(name.lower(), name) for name in cloud])
    return _with_cloud(builtin_cities(), cloud)


def _with_cloud(geography: Geography, cloud: Iterable[str]) -> Geography:
    try:
        return geography.with_cloud(cloud)
    except InputError as error:
        raise InputError(f"settings.cloud: {error}") from error


def metros_of_cities(
    base: Geography,
    rng: np.random.Generator,
    *,
    sites_per_city: int,
    services: int,
    load: float,
    duration_s: float,
    alpha: float,
    rhythm: Rhythm,
) -> Workload:
    """The made-up edge operator of `edge_sites` on these cities."""
    geography = metros(base, sites_per_city, rng)
    nodes = edge_nodes(geography, rng)
    arrivals = edge_arrivals(
        nodes, geography, rng, count=services, load=load, duration_s=duration_s, alpha=alpha, rhythm=rhythm
    )
    return Workload(nodes=nodes, geography=geography, arrivals=arrivals, duration_s=duration_s)


def linkhq(rng: np.random.Generator, *, tasks_per_s: float, duration_s: float) -> Workload:
    """Tasks arrive by a Poisson law at one of the five edges, drawn evenly; one with a deadline must run near it."""
    nodes = five_edges.edge_nodes()
    times = poisson(tasks_per_s, duration_s, rng).tolist()
    tasks = five_edges.tasks(len(times), rng)
    origins = rng.integers(len(five_edges.EDGES), size=len(times)).tolist()
    classes: dict[tuple[object, ...], PodClass] = {}
    arrivals = []
    for task, time_s in enumerate(times):
        asked = tasks.pod_class(task)
        key = (asked, origins[task], int(tasks.deadline[task]))
        if key not in classes:
            classes[key] = PodClass.of(
                dict(asked.requests),
                gpu=asked.gpu,
                demand=Demand(((five_edges.EDGES[origins[task]], 1.0),)),
                max_rtt_ms=_DEADLINE_RTT_MS if tasks.deadline[task] else None,
            )
        arrivals.append(
            Arrival(time_s=time_s, pod=Pod(name=f"task-{task}", of=classes[key]), lifetime_s=float(tasks.ttl_s[task]))
        )
    sites = tuple(Site(name=name) for name in five_edges.EDGES)
    rtt = np.full((len(sites), len(sites)), _BETWEEN_EDGES_MS)
    np.fill_diagonal(rtt, 0.5)
    matrix = LatencyMatrix.of(five_edges.EDGES, rtt, source="assumed")
    geography = Geography(sites=sites, matrix=matrix)
    return Workload(nodes=nodes, geography=geography, arrivals=tuple(arrivals), duration_s=duration_s)


def _measured(data: Path | None) -> bool:
    return data is not None and (data / MEASURED).is_dir()
