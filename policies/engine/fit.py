"""Does the pod fit at all: readiness, taints, node selector, resources and GPUs.

This is kube-scheduler's NodeResourcesFit, NodeAffinity (selector), TaintToleration and NodeUnschedulable, and the
per-device GPU arithmetic that it lacks. It comes before every policy. In a simulation there is nobody else to say it;
of nodes that kube-scheduler offers only `own_fit` is asked.
"""

from __future__ import annotations

import numpy as np

from policies.engine.cause import NO_CAUSE, Cause, decisive, worded
from policies.engine.contract import Bools, Ints
from policies.engine.needs import needed
from policies.model.gpu import WHOLE_GPU_MILLI, GpuRequest, best_fit_devices
from policies.model.pod import PodClass
from policies.model.snapshot import Rows, Snapshot
from policies.model.taint import untolerated

_ANY = -(2**62)
_NONE = np.iinfo(np.int32).min  # free on no device at all


def static_fit(nodes: Snapshot, pod: PodClass) -> Bools:
    """What does not change while pods come and go: node selector and taints."""
    fits = np.ones(len(nodes), dtype=np.bool_)
    for key, value in pod.node_selector:
        codes, table = nodes.label(key)
        fits &= codes == table.index(value) if value in table else False
    sets, kinds = nodes.taint_sets()
    stops = np.array([untolerated(taints, pod.tolerations) is not None for taints in kinds], dtype=np.bool_)
    return fits & ~stops[sets]


def asked(nodes: Snapshot, pod: PodClass) -> Ints | None:
    """(resources, 1): what the pod needs of each of the snapshot's resources; None when no node has one of them."""
    wanted = {"pods": 1, **dict(pod.requests)}
    if not wanted.keys() <= set(nodes.resources):
        return None
    # what it does not ask for may be over-committed: no amount of it is too little
    return np.array([[wanted.get(resource, _ANY)] for resource in nodes.resources], dtype=np.int64)


def dynamic_fit(nodes: Snapshot, pod: PodClass, wanted: Ints | None = None) -> Bools:
    """Ready, and enough left of everything. *wanted* is `asked` of the same snapshot, for those who keep it."""
    if wanted is None and (wanted := asked(nodes, pod)) is None:
        return np.zeros(len(nodes), dtype=np.bool_)
    fits: Bools = np.logical_and.reduce(nodes.free_all >= wanted, axis=0)
    return fits & own_fit(nodes, pod)


def own_fit(nodes: Snapshot, pod: PodClass) -> Bools:
    """The part that kube-scheduler does not know or learns later: ready, and enough left of each GPU.

    All else it has checked before it offers a node, by books that are a moment newer than ours. A node refused because
    our mirror has not heard yet of the pod that left would not be offered again before something else happens.
    """
    if pod.gpu is None:
        return nodes.ready
    usable = nodes.gpu_free_milli >= needed(nodes, pod.gpu)
    if pod.gpu.models:
        usable &= allowed_devices(nodes, pod)
    fits: Bools = np.logical_or.reduce(usable, axis=1) if pod.gpu.count == 1 else usable.sum(axis=1) >= pod.gpu.count
    return fits & nodes.ready


def allowed_devices(nodes: Snapshot, pod: PodClass) -> Bools:
    """(nodes, devices): is that device there and of a model that the pod takes."""
    models = nodes.gpu_model
    if pod.gpu is None or not pod.gpu.models:
        return models >= 0
    wanted = [code for code, model in enumerate(nodes.gpu_models) if model in pod.gpu.models]
    return np.isin(models, wanted)


def best_fit_on(nodes: Snapshot, pod: PodClass) -> tuple[int, ...]:
    """The best fitting GPUs of the one node given, empty when the pod wants none or they do not fit."""
    if pod.gpu is None:
        return ()
    free, allowed = nodes.gpu_free_milli[0].tolist(), allowed_devices(nodes, pod)[0].tolist()
    milli = needed(nodes, pod.gpu)
    by_device = [milli] * len(free) if isinstance(milli, int) else milli[0].tolist()
    return best_fit_devices(free, allowed, by_device, pod.gpu.count)


def misfit(nodes: Snapshot, pod: PodClass) -> tuple[str, bool] | None:
    """Why the one node given does not fit, and whether no eviction could change that; None when it fits."""
    told = misfits(nodes, pod)
    which, hopeless = decisive(told, len(nodes))
    if which[0] == NO_CAUSE:
        return None
    return told[which[0]].words(np.zeros(1, dtype=np.intp))[0], bool(hopeless[0])


def misfits(nodes: Snapshot, pod: PodClass) -> list[Cause]:
    """All that keeps the pod from fitting; where none refuses, both fits above are true."""
    causes = [_label_misfit(nodes, key, value) for key, value in pod.node_selector]
    causes.append(_taint_misfit(nodes, pod))
    causes += [_resource_misfit(nodes, name, amount) for name, amount in (("pods", 1), *pod.requests)]
    return causes + own_misfits(nodes, pod)


def own_misfits(nodes: Snapshot, pod: PodClass) -> list[Cause]:
    """Those of `own_fit`."""
    causes = [Cause(~nodes.ready, ~nodes.ready, lambda rows: ["node is not ready"] * len(rows))]
    if pod.gpu is not None:
        causes.append(_gpu_misfit(nodes, pod, pod.gpu))
    return causes


def _label_misfit(nodes: Snapshot, key: str, value: str) -> Cause:
    codes, table = nodes.label(key)

    def say(code: int) -> str:
        return f"label {key} is {table[code] if code >= 0 else 'not set'}, wanted {value}"

    differs = codes != (table.index(value) if value in table else len(table))
    return Cause(differs, differs, lambda rows: worded(say, codes[rows]))


def _taint_misfit(nodes: Snapshot, pod: PodClass) -> Cause:
    codes, table = nodes.taint_sets()
    stopping = [untolerated(taints, pod.tolerations) for taints in table]
    refused = np.array([taint is not None for taint in stopping], dtype=np.bool_)[codes]
    return Cause(
        refused, refused, lambda rows: worded(lambda code: f"taint {stopping[code]} is not tolerated", codes[rows])
    )


def _resource_misfit(nodes: Snapshot, resource: str, amount: int) -> Cause:
    free, unit = nodes.free(resource), "m" if resource == "cpu" else ""

    def say(left: int) -> str:
        return f"{resource} {left}{unit} free < {amount}{unit} requested"

    return Cause(free < amount, nodes.allocatable(resource) < amount, lambda rows: worded(say, free[rows]))


def _gpu_misfit(nodes: Snapshot, pod: PodClass, gpu: GpuRequest) -> Cause:
    allowed, free = allowed_devices(nodes, pod), nodes.gpu_free_milli
    milli = np.broadcast_to(np.asarray(needed(nodes, gpu), dtype=np.int32), free.shape)
    has = allowed.sum(axis=1)
    able = (allowed & (milli <= WHOLE_GPU_MILLI)).sum(axis=1)  # as far as the device itself goes
    usable = (allowed & (free >= milli)).sum(axis=1)

    def say(there: int, fit_for_it: int, open_to_it: int, most: int, least: int, memory_mib: int, unit_mib: int) -> str:
        if there < gpu.count:
            wanted = f" of {'|'.join(gpu.models)}" if gpu.models else ""
            return f"gpu {there}{wanted} on the node < {gpu.count} requested"
        if fit_for_it < gpu.count:
            return f"gpu {fit_for_it} {gpu.in_words(memory_mib, unit_mib)} < {gpu.count} requested"
        if gpu.is_shared:
            return f"gpu {most} milli free on the best device < {least} requested"
        return f"gpu {open_to_it} free < {gpu.count} requested"

    def words(rows: Rows) -> list[str]:
        most = least = np.zeros(len(rows), dtype=np.int32)
        if free.shape[1]:
            best = np.where(allowed[rows], free[rows] - milli[rows], _NONE).argmax(axis=1)
            most, least = free[rows, best], milli[rows, best]
        some = nodes.take(rows)
        card = [_largest(some, field) for field in ("memory_mib", "unit_mib")]
        return worded(say, has[rows], able[rows], usable[rows], most, least, *card)

    return Cause(usable < gpu.count, able < gpu.count, words)


def _largest(nodes: Snapshot, field: str) -> Ints:
    """Of each node's GPUs the most of a field of their kind; 0 without."""
    table = np.array([*(getattr(kind, field) for kind in nodes.gpu_kinds), 0], dtype=np.int64)
    largest: Ints = table[nodes.gpu_kind].max(axis=1, initial=0)
    return largest
