"""What a placement policy may do.

A policy is a frozen value: its fields are its parameters. It sees nodes as columns and one pod class, and answers with
arrays that have one entry per node:

* `allow` – a mask: False refuses the node,
* `tier` – whole numbers, 0 best: any node of a better tier beats any node of a worse one, whatever the scores say,
* `score` – from 0 (worst) to 1 (best), weighed against the other policies' scores.

Each may answer None: "no opinion on this pod". `refusals` and `reason` put the number that decided into words, when
somebody wants to know: the one for all refused nodes at once, since thousands may be, the other for one node at a time.
A policy that expects to refuse few may override `refusal`, which is asked for one node, instead.

The `scope` says what an answer depends on, so that the engine knows what to ask again after a change. It is a promise:
one too narrow gives stale scores (the contract tests look for that), one too wide only costs time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from enum import Enum
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict

from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# For `@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)` of pydantic.dataclasses on a policy.
PARAMETERS = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


class Scope(Enum):
    """What a policy's answer for one node depends on, besides the pod."""

    STATIC = "labels, taints, site, latency: not on the pods there, nor on what the node offers or whether it is ready"
    NODE = "also on that node's own row"
    CLUSTER = "also on other nodes; `score` is then asked for the feasible nodes only"


class FilterScorer:
    """Base of all policies. A subclass overrides what it has an opinion on."""

    __slots__ = ()

    scope: ClassVar[Scope] = Scope.NODE
    aliases: ClassVar[tuple[str, ...]] = ()  # other names that users know it by

    def concerns(self, pod: PodClass) -> bool:
        """Has it an opinion on this pod at all; if not it is left out, and its weight with it."""
        return True

    def key(self, pod: PodClass) -> Hashable:
        """What of the pod the answers depend on: classes with equal keys share them."""
        return pod

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        """Which nodes may take the pod."""
        return None

    def levels(self, pod: PodClass) -> int:
        """How many tiers there are for this pod: `tier` is below it."""
        return 1

    def tier(self, nodes: Snapshot, pod: PodClass) -> Ints | None:
        """The tier of each node, 0 best."""
        return None

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        """How good each node is, from 0 to 1."""
        return None

    def score_devices(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        """(nodes, devices): how good each node is if a pod that takes a share of one GPU takes that one.

        None: `score` is asked; so it must be for a pod that takes several, see `gpu.is_one_share`. NaN for a device
        that it is not to take: it has too little left (`needs.needed`), or is of a model that the pod refuses. The
        node's score is that of its best device, which the pod then gets, the first among equals.
        """
        return None

    def devices(self, nodes: Snapshot, pod: PodClass) -> tuple[int, ...] | None:
        """The GPUs of the one node given that the pod should get; None leaves it to best fit."""
        by_device = self.score_devices(nodes, pod)
        if by_device is None:
            return None
        device = int(best_devices(by_device)[1][0])
        return (device,) if device >= 0 else ()

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        """Why `allow` refuses each of the nodes given, with the number that decided; see `cause.worded`."""
        if type(self).refusal is FilterScorer.refusal:
            return ["refused"] * len(nodes)
        return [self.refusal(nodes.take([row]), pod) for row in range(len(nodes))]

    def refusal(self, nodes: Snapshot, pod: PodClass) -> str:
        """`refusals` of the one node given."""
        return self.refusals(nodes, pod)[0]

    def hopeless(self, nodes: Snapshot, pod: PodClass) -> Bools:
        """Of nodes that `allow` refuses: could no eviction there change it. kube-scheduler then does not try one."""
        return np.full(len(nodes), self.scope is Scope.STATIC)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        """What the tier or score of the one node given was made from."""
        return ""


def best_devices(by_device: Floats) -> tuple[Floats, Ints]:
    """Of `score_devices`: the score of each node and its best device; 0 and -1 where it has none to take."""
    if not by_device.shape[1]:
        return np.zeros(len(by_device)), np.full(len(by_device), -1)
    takes = ~np.isnan(by_device)
    score = np.where(takes, by_device, -1.0)
    device = np.where(takes.any(axis=1), score.argmax(axis=1), -1)
    return score.max(axis=1, initial=0.0), device
