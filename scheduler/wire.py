"""What kube-scheduler asks the extender and what it is answered, as values (k8s.io/kube-scheduler/extender/v1).

`decoding` makes the questions from bodies, `encoding` makes bodies from the answers. Everything between the two, the
desk, sees these values only and no JSON but the pod's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPod:
    """The pod that is to be placed, as the request told it."""

    namespace: str
    name: str
    uid: str
    content: Mapping[str, object]  # the fields of `kube.mirror.shapes.PodShape` that were there
    key: bytes = field(repr=False)  # what its class depends on: equal keys in one namespace, equal classes


@dataclass(frozen=True, slots=True, kw_only=True)
class NodesAsked:
    """Filter's and prioritize's question. Whole nodes are there once; who sends a name twice gets two answers to it."""

    pod: AskedPod
    names: list[str]
    items: list[msgspec.Raw] | None = field(default=None, repr=False)  # nodeCacheCapable false: the nodes as sent


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterAnswer:
    """Every name asked is in exactly one of the three, those passed in order; an `error` makes the rest unimportant."""

    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)  # name → reason; evicting pods might help
    unresolvable: dict[str, str] = field(default_factory=dict)  # name → reason; preemption need not look at it
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindAsked:
    """Bind that pod to that node. Asked again for the same uid when the first answer was late."""

    namespace: str
    name: str
    uid: str
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeVictims:
    """The pods of one node that would be evicted, by uid."""

    uids: tuple[str, ...]
    pdb_violations: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PreemptAsked:
    """The nodes that kube-scheduler would make room on, each with the victims that it has in mind."""

    pod: AskedPod
    victims: dict[str, NodeVictims]
