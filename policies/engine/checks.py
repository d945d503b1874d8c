"""The contract of a policy as code: `edgeward policies --check` and the project's own tests run this.

A policy is tried on a small world that has something of everything (see `sample`), and on an empty one, on one node,
and with every node down. What comes back are sentences, one for each promise that is not kept; none means that the
policy is good to use.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import PydanticUserError, TypeAdapter, ValidationError

from policies.engine import sample
from policies.engine.contract import FilterScorer, Scope, best_devices
from policies.engine.decide import Engine
from policies.engine.fit import allowed_devices, dynamic_fit
from policies.engine.needs import needed
from policies.engine.profile import Profile, Step
from policies.engine.story import surprises
from policies.engine.words import unsaid
from policies.model.cluster import Cluster
from policies.model.demand import Demand
from policies.model.gpu import GpuRequest
from policies.model.hint import Hint
from policies.model.node import USAGE_KINDS
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot
from policies.model.taint import Toleration

Array = npt.NDArray[np.generic]
Answers = Mapping[str, Array | None]
# What a policy answers is looked at as `object` first: it is somebody's code, and its annotations may not be true.


def check(kind: type[FilterScorer], rng: np.random.Generator) -> list[str]:
    """What is wrong with a policy with its default parameters; *rng* draws the events that it lives through."""
    try:
        policy = TypeAdapter(kind).validate_python({})  # as a profile makes it
    except PydanticUserError:
        wanted = "@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS) of pydantic.dataclasses"
        return [f"form: a profile cannot set its parameters; put {wanted} above the class"]
    except ValidationError as error:
        names = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}))
        return [f"parameters: every one must have a default, not so {names or error}"]
    return check_policy(policy, rng)


def check_policy(policy: FilterScorer, rng: np.random.Generator) -> list[str]:
    """What is wrong with a policy with these parameters."""
    checks: Mapping[str, Callable[[], Iterator[str]]] = {
        "form": lambda: _form(policy),
        "answers": lambda: _answers_keep_shape_and_range(policy),
        "rows": lambda: _rows_stand_for_themselves(policy),
        "mutation": lambda: _nothing_is_changed(policy),
        "key": lambda: _key_says_what_is_read(policy),
        "words": lambda: unsaid(policy),
        "devices": lambda: chain(_devices_score_as_nodes(policy), _devices_fit(policy)),
        "memory": lambda: surprises(policy, rng),
    }
    found: list[str] = []
    for name, run in checks.items():
        try:
            found += [f"{name}: {problem}" for problem in run()]
        except Exception as error:  # noqa: BLE001 - it is somebody's code that is tried here, and it may raise anything
            found.append(f"{name}: {type(error).__name__}: {error}")
    return list(dict.fromkeys(found))


def _worlds() -> Mapping[str, Cluster]:
    return {
        "sample": sample.world(),
        "empty cluster": Cluster(),
        "one node": sample.one_node(),
        "all nodes down": sample.all_down(),
    }


def answers(policy: FilterScorer, nodes: Snapshot, pod: PodClass) -> Answers:
    """All that the policy says, by the method's name."""
    return {
        "allow": policy.allow(nodes, pod),
        "tier": policy.tier(nodes, pod),
        "score": policy.score(nodes, pod),
    }


def _form(policy: FilterScorer) -> Iterator[str]:
    if not (type(policy).__doc__ or "").strip() or (type(policy).__doc__ or "").startswith(f"{type(policy).__name__}("):
        yield "the class wants a docstring: its first line is what `edgeward policies` shows"
    if is_dataclass(policy) and fields(policy) and not policy.__dataclass_params__.frozen:
        yield "the class must be frozen: a policy is a value"
    scope: object = policy.scope
    if not isinstance(scope, Scope):
        yield f"scope must be a Scope, got {scope!r}"
    nodes = sample.world().live()
    for name, pod in sample.pods().items():
        if policy.concerns(pod):
            continue
        if policy.levels(pod) != 1:
            yield f"levels of pod {name!r} must be 1 where concerns() says that there is no opinion"
        for method, answer in answers(policy, nodes, pod).items():
            if answer is not None:
                yield f"{method} of pod {name!r} has an opinion, but concerns() says that there is none"


def _answers_keep_shape_and_range(policy: FilterScorer) -> Iterator[str]:
    kinds = {"allow": np.bool_, "tier": np.integer, "score": np.float64}
    for place, cluster in _worlds().items():
        nodes = cluster.live()
        for name, pod in sample.pods().items():
            first, again = answers(policy, nodes, pod), answers(policy, nodes, pod)
            for method, answer in first.items():
                where = f"{method} of pod {name!r} ({place})"
                twin = again[method]
                if answer is None or twin is None:
                    if answer is not twin:
                        yield f"{where} is None once and an array once for the same nodes"
                    continue
                given: object = answer
                if not isinstance(given, np.ndarray) or answer.shape != (len(nodes),):
                    yield f"{where} must be an array with one entry for each of {len(nodes)} nodes, got {answer!r:.60}"
                    continue
                if not np.issubdtype(answer.dtype, kinds[method]):
                    yield f"{where} must be of {kinds[method].__name__}, got {answer.dtype}"
                    continue
                if answer.tobytes() != twin.tobytes():
                    yield f"{where} is not the same when asked twice"
                if not answer.flags.writeable or np.shares_memory(answer, twin):
                    yield f"{where} must be a new array at each call, for it becomes the engine's own"
                counts = first["allow"] if method == "tier" else None  # the tier of a refused node means nothing
                yield from _in_range(policy, pod, method, answer if counts is None else answer[counts], where)


def _in_range(policy: FilterScorer, pod: PodClass, method: str, answer: Array, where: str) -> Iterator[str]:
    top = {"allow": 1, "tier": policy.levels(pod) - 1, "score": 1}[method]
    values = answer.astype(np.float64)
    bad = ~((values >= 0) & (values <= top))  # NaN is bad, too
    if bad.any():
        yield f"{where} must be from 0 to {top}, got {values[bad][0]:g}"


def _rows_stand_for_themselves(policy: FilterScorer) -> Iterator[str]:
    """Each row alone, and all in another order, get what they get among all."""
    nodes = sample.world().live()
    backwards = np.arange(len(nodes))[::-1]
    taken_as = [("in another order", backwards), *(("alone", np.array([row])) for row in range(len(nodes)))]
    for name, pod in sample.pods().items():
        whole = answers(policy, nodes, pod)
        for words, rows in taken_as:
            taken = answers(policy, nodes.take(rows), pod)
            for method, answer in whole.items():
                if policy.scope is Scope.CLUSTER and (method != "score" or rows is not backwards):
                    continue  # only its score is asked for less than all, and may depend on which they are
                twin = taken[method]
                if (answer is None) != (twin is None):
                    yield f"{method} of pod {name!r} is None for all nodes or for rows {words}, but not for both"
                elif answer is not None and twin is not None and answer[rows].tobytes() != twin.tobytes():
                    wrong = str(nodes.name[rows[np.flatnonzero(answer[rows] != twin)[0]]])
                    yield f"{method} of pod {name!r}: node {wrong} gets another value when rows are given {words}"


def _nothing_is_changed(policy: FilterScorer) -> Iterator[str]:
    nodes = sample.world().live()
    before = _fingerprint(nodes)
    for pod in sample.pods().values():
        answers(policy, nodes, pod)
        policy.devices(nodes.take([0]), pod)
    after = _fingerprint(nodes)
    for name, value in before.items():
        if value != after[name]:
            yield f"{name} of the snapshot was changed"


def _fingerprint(nodes: Snapshot) -> Mapping[str, object]:
    columns = (
        "ready", "tie", "site", "gpu_count", "gpu_free_milli", "gpu_model",
        "numa_zones", "numa_cpu_milli", "numa_memory_bytes",
    )  # fmt: skip
    return {
        **{name: getattr(nodes, name).tobytes() for name in columns},
        **{name: repr(getattr(nodes, name).tolist()) for name in ("name", "labels", "taints")},
        "free": [(name, nodes.free(name).tobytes(), nodes.allocatable(name).tobytes()) for name in nodes.resources],
        "usage": [nodes.usage(kind).tobytes() for kind in USAGE_KINDS],
        "groups": [(group, nodes.count(group).tobytes()) for group in nodes.groups()],
        "latency": [nodes.latency.p50_ms.tobytes(), nodes.latency.p95_ms.tobytes(), nodes.latency.known.tobytes()],
    }


def _key_says_what_is_read(policy: FilterScorer) -> Iterator[str]:
    """Classes with equal keys share answers, so a field that is read must show in the key."""
    nodes = sample.world().live()
    for name, pod in sample.pods().items():
        key: Hashable = policy.key(pod)
        hash(key)
        told = answers(policy, nodes, pod)
        for field, other in _relatives(pod).items():
            if policy.key(other) != key:
                continue
            for method, answer in answers(policy, nodes, other).items():
                mine = told[method]
                if policy.scope is Scope.CLUSTER and method == "score":
                    continue  # is asked anew for each class
                same = mine is answer if mine is None or answer is None else mine.tobytes() == answer.tobytes()
                if not same:
                    yield f"{method} of pod {name!r} depends on its {field}, which key() leaves out"


def _relatives(pod: PodClass) -> Mapping[str, PodClass]:
    """Pods that differ in one field."""
    changes: Mapping[str, Any] = {
        "requests": (("cpu", 2_000), ("memory", 3 * 2**30), (sample.SRIOV, 2)),
        "gpu": GpuRequest(milli=700, models=("T4",)),
        "namespace": "elsewhere",
        "service": "redis",
        "hint": Hint.parse(preferred="cloud"),
        "demand": Demand.parse("busan"),
        "max_rtt_ms": 3.0,
        "latency_class": "remote-control",
        "topology_aware": not pod.topology_aware,
        "depends_on": ("stream",),
        "network_mbps": 0 if pod.network_mbps else 50,
        "node_selector": (("machine", "tx2"),),
        "tolerations": (Toleration(operator="Exists"),),
        "profile": "theirs",
    }
    return {field: replace(pod, **{field: value}) for field, value in changes.items()}


def _devices_score_as_nodes(policy: FilterScorer) -> Iterator[str]:
    """Where it scores devices, its score of a node is that of the best one: engine and explanation read either."""
    for place, cluster in _worlds().items():
        nodes = cluster.live()
        for name, pod in sample.pods().items():
            by_device, score = policy.score_devices(nodes, pod), policy.score(nodes, pod)
            if by_device is None:
                continue
            where = f"score_devices of pod {name!r} ({place})"
            if by_device.shape != nodes.gpu_free_milli.shape:
                yield f"{where} must have the shape {nodes.gpu_free_milli.shape}, got {by_device.shape}"
            elif ((by_device < 0) | (by_device > 1)).any():
                yield f"{where} must be from 0 to 1, or NaN for a device that cannot be taken"
            elif score is None or not np.array_equal(best_devices(by_device)[0], score):
                yield f"{where}: the best device of a node must score as the node does"


def _devices_fit(policy: FilterScorer) -> Iterator[str]:
    """Those that the policy names of one node, and those that the engine takes from its scores of devices."""
    nodes = sample.world().live()
    engine = Engine(Profile(name="devices", steps=(Step(name="it", policy=policy),), top_score=100))
    for name, pod in sample.pods().items():
        for row in np.flatnonzero(dynamic_fit(nodes, pod)).tolist():
            one = nodes.take([row])
            for chosen in (policy.devices(one, pod), engine.devices(nodes, pod, row)):
                if chosen is not None:
                    yield from _misplaced(chosen, one, pod, f"devices of pod {name!r} on {one.name[0]}")


def _misplaced(chosen: tuple[int, ...], one: Snapshot, pod: PodClass, where: str) -> Iterator[str]:
    if pod.gpu is None:
        if chosen:
            yield f"{where}: none are asked for, got {chosen}"
        return
    good = (allowed_devices(one, pod) & (one.gpu_free_milli >= needed(one, pod.gpu)))[0]
    if len(set(chosen)) != pod.gpu.count or not all(0 <= d < len(good) and good[d] for d in chosen):
        yield f"{where} must be {pod.gpu.count} of {np.flatnonzero(good).tolist()}, got {chosen}"
