"""The replay itself: each pod in order is placed or failed, never retried, and never leaves.

What is kept per event are whole numbers (arrived and used GPU) and the states of the node that changed; fragmentation,
which is costly for one node and cheap for thousands, is worked out for all events together at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from policies.engine.decide import NO_NODE
from policies.fragmentation import Mix
from policies.model.cluster import Cluster
from policies.model.gpu import Gpu, GpuRequest
from policies.model.node import Node
from policies.model.pod import Pod, PodClass
from policies.model.site import Site, Sites
from simulations.baselines.decider import Decider
from simulations.workloads.arrivals import Arrivals
from simulations.workloads.openb import TraceNodes, TracePods

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_MIB = 2**20
_PODS_PER_NODE = 1001
_SITE = "cluster"
_REPORT_EVERY = 512  # events between two calls of progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One entry per arrived pod: GPU milli arrived and used so far, fragmented GPU milli, the node's name or None."""

    arrived_milli: Ints
    used_milli: Ints
    fragmented_milli: Floats
    nodes: tuple[str | None, ...]
    placing_seconds: float

    @property
    def failed(self) -> int:
        """Pods that fitted nowhere."""
        return self.nodes.count(None)


def build_cluster(nodes: TraceNodes, arrivals: Arrivals) -> Cluster:
    """One site with all nodes. A node's name begins with its rank, so that ties by name are ties by rank."""
    cluster = Cluster(Sites((Site(name=_SITE),)))
    for index in np.argsort(arrivals.rank, kind="stable").tolist():
        cluster.set_node(
            Node(
                name=f"{arrivals.rank[index]:06d}-{nodes.names[index]}",
                allocatable={
                    "cpu": int(nodes.cpu_milli[index]),
                    "memory": int(nodes.memory_mib[index]) * _MIB,
                    "pods": _PODS_PER_NODE,
                },
                gpus=(Gpu(model=nodes.models[index]),) * int(nodes.gpu_count[index]),
                site=_SITE,
            )
        )
    return cluster


def pod_classes(pods: TracePods) -> tuple[PodClass, ...]:
    """The class of each pod; equal pods share one object."""
    known: dict[tuple[int, int, int, int, str], PodClass] = {}
    columns = (pods.cpu_milli, pods.memory_mib, pods.num_gpu, pods.gpu_milli)
    classes = []
    for shape in zip(*(column.tolist() for column in columns), pods.gpu_spec, strict=True):
        if shape not in known:
            cpu_milli, memory_mib, num_gpu, gpu_milli, spec = shape
            models = tuple(dict.fromkeys(spec.split("|"))) if spec else ()
            known[shape] = PodClass.of(
                {"cpu": cpu_milli, "memory": memory_mib * _MIB},
                gpu=GpuRequest(milli=gpu_milli, count=num_gpu, models=models) if num_gpu else None,
            )
        classes.append(known[shape])
    return tuple(classes)


def replay(
    nodes: TraceNodes,
    pods: TracePods,
    arrivals: Arrivals,
    decider: Decider,
    mix: Mix,
    progress: Callable[[float, str], None] = lambda *_: None,
) -> Replay:
    """Place the pods in their order of arrival."""
    cluster = build_cluster(nodes, arrivals)
    classes = pod_classes(pods)
    live = cluster.live()
    names = live.name.tolist()
    size = len(arrivals.order)
    where = np.full(size, NO_NODE)
    states = np.zeros((size, 1 + live.gpu_free_milli.shape[1]), dtype=np.int64)  # CPU and GPUs left on the node chosen
    before: Ints = np.column_stack((live.free("cpu"), live.gpu_free_milli.astype(np.int64)))
    started = time.perf_counter()
    for event, index in enumerate(arrivals.order.tolist()):
        if not event % _REPORT_EVERY:
            progress(event / size, f"{event} of {size} pods")
        pod = classes[index]
        slot = decider.choose(live, pod)
        if slot == NO_NODE:
            continue
        cluster.bind(Pod(name=str(event), of=pod), names[slot], decider.devices(live, pod, slot))
        where[event] = slot
        states[event, 0] = live.free("cpu")[slot]
        states[event, 1:] = live.gpu_free_milli[slot]
    placing_seconds = time.perf_counter() - started
    asked = pods.total_gpu_milli[arrivals.order]
    return Replay(
        arrived_milli=asked.cumsum(),
        used_milli=np.where(where >= 0, asked, 0).cumsum(),
        fragmented_milli=_fragmented(mix, before, states, where, live.gpu_model[:, 0], live.gpu_models),
        nodes=tuple(names[slot].partition("-")[2] if slot >= 0 else None for slot in where.tolist()),
        placing_seconds=placing_seconds,
    )


def _fragmented(
    mix: Mix, before: Ints, states: Ints, where: Ints, model: npt.NDArray[np.int16], models: tuple[str, ...]
) -> Floats:
    """F of the whole cluster after each event, from the states of the nodes that changed."""
    events = np.flatnonzero(where >= 0)
    slots = where[events]
    after = states[events]
    at_start = mix.fragments(before[:, 0], before[:, 1:].astype(np.int32), model, models)
    now = mix.fragments(after[:, 0], after[:, 1:].astype(np.int32), model[slots], models)
    current = at_start.copy()
    change = np.zeros(len(where))
    for event, slot, fragments in zip(events.tolist(), slots.tolist(), now.tolist(), strict=True):
        change[event] = fragments - current[slot]
        current[slot] = fragments
    return float(at_start.sum()) + change.cumsum()
