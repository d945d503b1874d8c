"""Does an engine that remembers decide as one that starts from nothing? A story of changes shows it.

Pods come and go, nodes fail, return, appear and change their labels, usage and latency move. After each change a few
pods are asked for with an engine that has lived through the whole story and with a fresh one. Where the two differ, the
policy's `scope` or `key` promises more than is true, and scores would go stale in a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from policies.engine import sample
from policies.engine.contract import FilterScorer, Floats, Scope
from policies.engine.decide import Engine
from policies.engine.fit import dynamic_fit
from policies.engine.profile import Profile, Step
from policies.model.cluster import Cluster
from policies.model.node import USAGE_KINDS
from policies.model.pod import Pod, PodClass
from policies.model.snapshot import Snapshot

_EVENTS = 80
_ASKED = 3  # pods per event


class Moment(NamedTuple):
    """Where something happens: to that node or to others, as the generator draws."""

    cluster: Cluster
    rng: np.random.Generator
    name: str
    number: int


class _FreeCpu(FilterScorer):
    """Stands beside the policy, as in a profile of several: the engine keeps scores in other ways then."""

    scope = Scope.NODE

    def key(self, pod: PodClass) -> None:
        return None

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return np.clip(nodes.free("cpu") / np.maximum(nodes.allocatable("cpu"), 1), 0, 1)


def surprises(policy: FilterScorer, rng: np.random.Generator) -> Iterator[str]:
    """A sentence for each way of using the policy in which memory and a fresh look differ."""
    alone = Step(name="it", policy=policy)
    for words, steps in (
        ("alone", (alone,)),
        ("in a mix", (alone, Step(name="free-cpu", policy=_FreeCpu(), weight=0.5))),
    ):
        engine = Engine(Profile(name="story", steps=steps, top_score=1000))
        problem = next(_differences(engine, rng), None)
        if problem:
            yield f"{words}, {problem}: scope {policy.scope.name}, its scope or key() promises too much"


def _differences(engine: Engine, rng: np.random.Generator) -> Iterator[str]:
    cluster = sample.world()
    pods = list(sample.pods().items())
    for number in range(_EVENTS):
        event = _happen(cluster, rng, number)
        nodes = cluster.live()
        for which in rng.choice(len(pods), size=_ASKED, replace=False).tolist():
            name, pod = pods[which]
            fresh = Engine(engine.profile)
            mine, wanted = engine.decide(nodes, pod), fresh.decide(nodes, pod)
            for field in ("feasible", "tiers", "scores", "integers", "order"):
                if getattr(mine, field).tobytes() != getattr(wanted, field).tobytes():
                    yield f"after {event} the {field} of pod {name!r} are stale"
            kept, made = engine.cache.standing(nodes, pod).order, fresh.cache.standing(nodes, pod).order
            if kept.tobytes() != made.tobytes():
                worst = str(nodes.name[np.flatnonzero(kept != made)[0]])
                yield f"after {event} the place of node {worst} for pod {name!r} is stale"
            for slot in np.flatnonzero(wanted.feasible).tolist() if pod.gpu else ():
                given, due = engine.devices(nodes, pod, slot), fresh.devices(nodes, pod, slot)
                if given != due:
                    yield f"after {event} the devices of pod {name!r} on {nodes.name[slot]} are stale, {given}"


def _happen(cluster: Cluster, rng: np.random.Generator, number: int) -> str:
    """One change, in words."""
    names = sorted(name for name in cluster.live().name.tolist() if name)
    events: tuple[Callable[[Moment], str], ...] = (
        _bind,
        _bind,
        _bind,
        _share,
        _unbind,
        _turn,
        _move,
        _relabel,
        _remove,
        _tell,
        _use,
        _use,
    )
    name = names[int(rng.integers(len(names)))]
    return events[int(rng.integers(len(events)))](Moment(cluster, rng, name, number))


def _bind(at: Moment) -> str:
    kinds = list(sample.pods())
    return _bound(at, kinds[int(at.rng.integers(len(kinds)))])


def _share(at: Moment) -> str:
    return _bound(at, "share")  # few pods take part of a GPU, and only they move the devices that policies choose


def _bound(at: Moment, kind: str) -> str:
    pod = sample.pods()[kind]
    nodes = at.cluster.live()
    fits = np.flatnonzero(dynamic_fit(nodes, pod))
    if not len(fits):
        return f"finding no room for {kind}"
    node = str(nodes.name[int(at.rng.choice(fits))])
    at.cluster.bind(Pod(name=f"{kind}-story-{at.number}", of=pod), node)
    return f"binding {kind} to {node}"


def _unbind(at: Moment) -> str:
    there = at.cluster.pods_on(at.name)
    if not there:
        return f"finding no pod on {at.name}"
    gone = at.cluster.unbind(there[int(at.rng.integers(len(there)))].pod.uid)
    return f"unbinding {gone.pod.name} from {at.name}"


def _turn(at: Moment) -> str:
    nodes = at.cluster.live()
    ready = not bool(nodes.ready[nodes.slot(at.name)])
    at.cluster.set_ready(at.name, ready=ready)
    return f"set_ready of {at.name} to {ready}"


def _move(at: Moment) -> str:
    scale, late_s = float(at.rng.uniform(0.5, 4)), float(at.rng.choice([0.0, 900.0]))
    at.cluster.set_latency(sample.matrix(scale), now_s=sample.NOW_S + late_s)
    return f"set_latency to {scale:.2g} times as long, {late_s:.0f} s old"


def _relabel(at: Moment) -> str:
    node = at.cluster.node(at.name)
    machine, disk = str(at.rng.choice(["nano", "tx2", "xavier"])), str(at.rng.choice(["ssd", "hdd"]))
    at.cluster.set_node(replace(node, labels={**node.labels, "machine": machine, "disk": disk}))
    return f"labels of {at.name} to {machine} and {disk}"


def _remove(at: Moment) -> str:
    at.cluster.remove_node(at.name)
    at.cluster.set_node(sample.nodes()[int(at.rng.integers(len(sample.nodes())))])  # so there is always one
    return f"the removal of {at.name}"


def _tell(at: Moment) -> str:
    node = sample.nodes()[int(at.rng.integers(len(sample.nodes())))]
    at.cluster.set_node(node)
    return f"telling {node.name} anew"


def _use(at: Moment) -> str:
    kind, share = str(at.rng.choice(USAGE_KINDS)), float(at.rng.choice([np.nan, 0.1, 0.5, 0.85, 1.3]))
    at.cluster.set_usage(at.name, kind, share)
    return f"set_usage of {at.name}, {kind} {share:g}"
