"""Does a policy say why it refuses and what it scored by, and is it true that no eviction could help?

Refusals are asked for all refused nodes at once and must be what each node is told alone. That a refusal is hopeless is
tried: all pods of the node are taken away, and it must still be refused, else preemption would pass a way out by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from policies.engine import sample
from policies.engine.contract import FilterScorer
from policies.model.cluster import Cluster
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot
from policies.model.what_if import without

# What a policy answers is looked at as `object` first: it is somebody's code, and its annotations may not be true.


def unsaid(policy: FilterScorer) -> Iterator[str]:
    """A sentence for each thing that the policy leaves unsaid or says wrongly."""
    yield from _deleted_nodes_have_words(policy)
    cluster = sample.world()
    nodes = cluster.live()
    for name, pod in sample.pods().items():
        allow = policy.allow(nodes, pod)
        if policy.tier(nodes, pod) is not None or policy.score(nodes, pod) is not None:
            for row in range(len(nodes)):
                reason: object = policy.reason(nodes.take([row]), pod)
                if not isinstance(reason, str) or not reason.strip():
                    yield f"reason for pod {name!r} must be a sentence, got {reason!r}"
        if allow is None or allow.all():
            continue
        refused = nodes.take(~allow)
        yield from _refusals(policy, refused, pod, name)
        hopeless: object = policy.hopeless(refused, pod)
        if not isinstance(hopeless, np.ndarray) or hopeless.shape != (len(refused),) or hopeless.dtype != np.bool_:
            yield f"hopeless of pod {name!r} must be a mask over the {len(refused)} refused nodes, got {hopeless!r:.60}"
            continue
        yield from _false_despair(policy, sample.world(), refused.slots[hopeless], pod, name)


def _deleted_nodes_have_words(policy: FilterScorer) -> Iterator[str]:
    down = sample.all_down().live()
    deleted = down.take(np.flatnonzero(~down.name.astype(np.bool_)))  # such a slot stays, and has no labels
    for name, pod in sample.pods().items():
        for method in (policy.reason, policy.refusal):
            if not isinstance(words := method(deleted, pod), str):
                yield f"{method.__name__} for pod {name!r} must be a sentence, got {words!r} for a deleted node"


def _refusals(policy: FilterScorer, refused: Snapshot, pod: PodClass, name: str) -> Iterator[str]:
    together = policy.refusals(refused, pod)
    if len(together) != len(refused):
        yield f"refusals of pod {name!r} must be one for each of {len(refused)} nodes, got {len(together)}"
        return
    for row, told in enumerate(together):
        refusal: object = policy.refusal(refused.take([row]), pod)
        if not isinstance(refusal, str) or refusal.strip() in ("", "refused"):
            yield f"refusal for pod {name!r} must say why, with the number that decided, got {refusal!r}"
        elif refusal != told:
            node = refused.name[row]
            yield f"refusal for pod {name!r}: node {node} is told {told!r} among others, {refusal!r} alone"


def _false_despair(
    policy: FilterScorer, cluster: Cluster, slots: Iterable[int], pod: PodClass, name: str
) -> Iterator[str]:
    nodes = cluster.live()
    for slot in slots:
        node = str(nodes.name[slot])
        allow = policy.allow(without(nodes, slot, cluster.pods_on(node)), pod)
        if allow is None or allow[0]:
            yield f"hopeless of pod {name!r} says that no eviction helps on {node}, but it is allowed once empty"
