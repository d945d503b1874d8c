"""Does the pod fit at all: readiness, taints, node selector, resources and GPUs.

This is kube-scheduler's NodeResourcesFit, NodeAffinity (selector), TaintToleration and NodeUnschedulable, and the
per-device GPU arithmetic that it lacks. It comes before every policy: in a cluster the in-tree filters have said the
same already, but the GPUs' shares and what was bound a moment ago are known only here; in a simulation there is nobody
else to say it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from policies.engine.contract import Bools, Ints
from policies.model.gpu import best_fit_devices
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot
from policies.model.taint import untolerated

_ANY = -(2**62)


def static_fit(nodes: Snapshot, pod: PodClass) -> Bools:
    """What does not change while pods come and go: node selector and taints."""
    fits = np.ones(len(nodes), dtype=np.bool_)
    for key, value in pod.node_selector:
        codes, table = nodes.label(key)
        fits &= codes == table.index(value) if value in table else False
    for row, taints in enumerate(nodes.taints.tolist()):
        if taints and untolerated(taints, pod.tolerations) is not None:
            fits[row] = False
    return fits


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
    fits &= nodes.ready
    if pod.gpu is not None:
        usable = nodes.gpu_free_milli >= pod.gpu.milli
        if pod.gpu.models:
            usable &= allowed_devices(nodes, pod)
        fits &= np.logical_or.reduce(usable, axis=1) if pod.gpu.count == 1 else usable.sum(axis=1) >= pod.gpu.count
    return fits


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
    allowed = allowed_devices(nodes, pod)[0].tolist()
    return best_fit_devices(nodes.gpu_free_milli[0].tolist(), allowed, pod.gpu)


def misfit(nodes: Snapshot, pod: PodClass) -> tuple[str, bool] | None:
    """Why the one node given does not fit, and whether no eviction could change that; None when it fits.

    Of several reasons the first that no eviction could change, since then none of the others matters.
    """
    reasons = tuple(_misfits(nodes, pod))
    return min(reasons, key=lambda reason: not reason[1], default=None)


def _misfits(nodes: Snapshot, pod: PodClass) -> Iterator[tuple[str, bool]]:
    for key, value in pod.node_selector:
        labels = nodes.labels[0] or {}
        if labels.get(key) != value:
            yield f"label {key} is {labels.get(key, 'not set')}, wanted {value}", True
    taint = untolerated(nodes.taints_of(0), pod.tolerations)
    if taint is not None:
        yield f"taint {taint} is not tolerated", True
    if not nodes.ready[0]:
        yield "node is not ready", True
    for resource, amount in (("pods", 1), *pod.requests):
        free, unit = int(nodes.free(resource)[0]), "m" if resource == "cpu" else ""
        if free < amount:
            hopeless = int(nodes.allocatable(resource)[0]) < amount
            yield f"{resource} {free}{unit} free < {amount}{unit} requested", hopeless
    gpu = _gpu_misfit(nodes, pod)
    if gpu is not None:
        yield gpu


def _gpu_misfit(nodes: Snapshot, pod: PodClass) -> tuple[str, bool] | None:
    if pod.gpu is None:
        return None
    allowed = allowed_devices(nodes, pod)[0]
    free = nodes.gpu_free_milli[0]
    usable = int((allowed & (free >= pod.gpu.milli)).sum())
    if usable >= pod.gpu.count:
        return None
    has = int(allowed.sum())
    if has < pod.gpu.count:
        wanted = f" of {'|'.join(pod.gpu.models)}" if pod.gpu.models else ""
        return f"gpu {has}{wanted} on the node < {pod.gpu.count} requested", True
    if pod.gpu.is_shared:
        return f"gpu {int(free[allowed].max())} milli free on the best device < {pod.gpu.milli} requested", False
    return f"gpu {usable} free < {pod.gpu.count} requested", False
