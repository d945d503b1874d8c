"""What one policy says of one key (what of the pod it reads), kept up to date by the rows that changed.

A part knows the version that it is good for and asks the snapshot what changed since: for a static policy nothing, for
one of scope NODE the rows that changed, for one of scope CLUSTER everything.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from policies.engine.cause import Cause
from policies.engine.contract import Bools, FilterScorer, Floats, Ints, Scope, best_devices
from policies.errors import BrokenPolicyError, ModelError, PolicyError
from policies.model.pod import PodClass
from policies.model.snapshot import Rows, Snapshot


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
        with blamed(policy):
            self._ask(nodes, pod)
        self.epoch, self.version = nodes.epoch, nodes.version

    def _ask(self, nodes: Snapshot, pod: PodClass) -> None:
        policy = self.policy
        rows = nodes.changed_since(self.version) if self.epoch == nodes.epoch else None
        if rows is None or policy.scope is Scope.CLUSTER:
            self.allow = _own(_shaped(nodes, policy.allow(nodes, pod), "allow"), np.bool_)
            self.tier = _own(_shaped(nodes, policy.tier(nodes, pod), "tier"), np.int64)
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


def cluster_score(policy: FilterScorer, nodes: Snapshot, pod: PodClass, feasible: Bools) -> Floats | None:
    """The score of a policy of scope CLUSTER, which is asked for the feasible nodes together; 0 elsewhere."""
    some = nodes.take(np.flatnonzero(feasible))
    with blamed(policy):
        score = _checked(some, policy.score(some, pod))
    if score is None:
        return None
    out = np.zeros(len(nodes))
    out[feasible] = score
    return out


def allows(policy: FilterScorer, nodes: Snapshot, pod: PodClass) -> bool:
    """Does the policy allow the one node given."""
    with blamed(policy):
        allow = _shaped(nodes, policy.allow(nodes, pod), "allow")
    return allow is None or bool(allow[0])


def cause_of(policy: FilterScorer, nodes: Snapshot, pod: PodClass, refused: Bools) -> Cause:
    """What a policy refuses of the nodes given, with its words."""

    def words(rows: Rows) -> Sequence[str]:
        with blamed(policy):
            told = policy.refusals(nodes.take(rows), pod)
            if len(told) != len(rows):
                raise ModelError(f"refusals must be one for each of {len(rows)} nodes, got {len(told)}")
        return told

    hopeless = np.zeros(len(nodes), dtype=np.bool_)
    with blamed(policy):
        some = nodes.take(refused)
        hopeless[refused] = _shaped(some, policy.hopeless(some, pod), "hopeless")
    return Cause(refused, hopeless, words)


@contextmanager
def blamed(policy: FilterScorer) -> Iterator[None]:
    """What goes wrong inside is the policy's doing: BrokenPolicyError with its name and file."""
    try:
        yield
    except Exception as error:  # a policy may be a user's file and raise anything; only here is known which it was
        module = sys.modules.get(type(policy).__module__)
        where = getattr(module, "__file__", None) or type(policy).__module__
        what = str(error) if isinstance(error, PolicyError) else f"{type(error).__name__}: {error}"
        raise BrokenPolicyError(f"policy {type(policy).__name__} ({where}): {what}") from error


def _scored(policy: FilterScorer, nodes: Snapshot, pod: PodClass) -> tuple[Floats | None, Ints | None]:
    """The score of each node and, where the policy chooses it, the GPU that goes with it."""
    by_device = policy.score_devices(nodes, pod)
    if by_device is None:
        return _own(_checked(nodes, policy.score(nodes, pod)), np.float64), None
    score, device = best_devices(by_device)
    return _checked(nodes, score), device


def _own(answer: npt.NDArray[Any] | None, dtype: type[np.generic]) -> npt.NDArray[Any] | None:
    """A copy to write single rows into: a policy may answer with a column itself, or with whole numbers."""
    return None if answer is None else np.array(answer, dtype=dtype)


def _checked(nodes: Snapshot, score: Floats | None) -> Floats | None:
    """The score itself when it keeps the contract; else ModelError naming node and value."""
    if score is None:
        return None
    _shaped(nodes, score, "score")
    if not len(score) or (score.min() >= 0 and score.max() <= 1):  # NaN fails both
        return score
    worst = int(np.flatnonzero(~((score >= 0) & (score <= 1)))[0])
    raise ModelError(f"score of node {nodes.name[worst]} must be from 0 to 1, got {score[worst]}")


def _shaped(nodes: Snapshot, answer: npt.NDArray[Any] | None, what: str) -> npt.NDArray[Any] | None:
    if answer is not None and np.shape(answer) != (len(nodes),):
        raise ModelError(f"{what} must have one entry for each of {len(nodes)} nodes, got shape {np.shape(answer)}")
    return answer
