"""What one policy says of one key (what of the pod it reads), kept up to date by the rows that changed.

A part knows the version that it is good for and asks the snapshot what changed since: for a static policy nothing, for
one of scope NODE the rows that changed, for one of scope CLUSTER everything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from policies.engine.contract import Bools, FilterScorer, Floats, Ints, Scope, best_devices
from policies.errors import ModelError
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot


class Part:
    """What one policy says of one key."""

    __slots__ = ("allow", "device", "epoch", "policy", "score", "tier", "version")

    def __init__(self, policy: FilterScorer) -> None:
        self.policy = policy
        self.epoch: object = None
        self.version = -1
        self.allow: Bools | None = None
        self.tier: Ints | None = None
        self.score: Floats | None = None
        self.device: Ints | None = None  # the GPU that a shared pod gets on each node, when the policy chooses it

    def refresh(self, nodes: Snapshot, pod: PodClass) -> None:
        """Bring it up to the snapshot; `score` of scope CLUSTER is asked elsewhere, for the feasible nodes."""
        policy = self.policy
        if self.epoch == nodes.epoch and (policy.scope is Scope.STATIC or self.version == nodes.version):
            return
        rows = nodes.changed_since(self.version) if self.epoch == nodes.epoch else None
        if rows is None or policy.scope is Scope.CLUSTER:
            self.allow, self.tier = _own(policy.allow(nodes, pod), np.bool_), _own(policy.tier(nodes, pod), np.int64)
            self.score, self.device = (None, None) if policy.scope is Scope.CLUSTER else _scored(policy, nodes, pod)
        elif rows:
            some = nodes.take(rows)
            index = some.slots
            if self.allow is not None and (allow := policy.allow(some, pod)) is not None:
                self.allow[index] = allow
            if self.tier is not None and (tier := policy.tier(some, pod)) is not None:
                self.tier[index] = tier
            if self.score is not None:
                score, device = _scored(policy, some, pod)
                if score is not None:
                    self.score[index] = score
                if self.device is not None and device is not None:
                    self.device[index] = device
        self.epoch, self.version = nodes.epoch, nodes.version


def cluster_score(policy: FilterScorer, nodes: Snapshot, pod: PodClass, feasible: Bools) -> Floats | None:
    """The score of a policy of scope CLUSTER, which is asked for the feasible nodes together; 0 elsewhere."""
    some = nodes.take(np.flatnonzero(feasible))
    score = policy.score(some, pod)
    if score is None:
        return None
    out = np.zeros(len(nodes))
    out[feasible] = _checked(policy, some, score)
    return out


def _scored(policy: FilterScorer, nodes: Snapshot, pod: PodClass) -> tuple[Floats | None, Ints | None]:
    """The score of each node and, where the policy chooses it, the GPU that goes with it."""
    by_device = policy.score_devices(nodes, pod)
    if by_device is None:
        return _own(_checked(policy, nodes, policy.score(nodes, pod)), np.float64), None
    score, device = best_devices(by_device)
    return _checked(policy, nodes, score), device


def _own(answer: npt.NDArray[Any] | None, dtype: type[np.generic]) -> npt.NDArray[Any] | None:
    """A copy to write single rows into: a policy may answer with a column itself, or with whole numbers."""
    return None if answer is None else np.array(answer, dtype=dtype)


def _checked(policy: FilterScorer, nodes: Snapshot, score: Floats | None) -> Floats | None:
    """The score itself when it keeps the contract; else ModelError naming policy, node and value."""
    if score is None or not len(score) or (score.min() >= 0 and score.max() <= 1):  # NaN fails both
        return score
    worst = int(np.flatnonzero(~((score >= 0) & (score <= 1)))[0])
    raise ModelError(
        f"policy {type(policy).__name__}: score of node {nodes.name[worst]} must be from 0 to 1, got {score[worst]}"
    )
