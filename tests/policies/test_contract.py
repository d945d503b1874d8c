"""Every policy in policies/ keeps the contract; a new file is found by itself. And the checks find those who do not."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic.dataclasses import dataclass

from policies.engine.catalogue import shipped
from policies.engine.checks import check, check_policy
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats, Scope
from policies.model.pod import PodClass, service_group
from policies.model.snapshot import Snapshot

# Parameters with which a policy says more than by default.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "dependencies": {"to": "all", "max_rtt_ms": 10.0},
    "device-preference": {"refuse": ["nano"], "weights": {"xavier": 70, "tx2": 30}},
    "g-low-latency-priority": {"mode": "frompod", "source": "web"},
    "g-selected-cluster": {"cluster": "busan"},
    "g-set-clusters": {"select_clusters": ["busan", ["farm", "tokyo-cloud"], "seoul"]},
    "gpu": {"keep_free": "score"},
    "hint": {"default": "local,[busan,farm],cloud"},
    "latency": {"mode": "tail"},
    "load": {"max_cpu": 0.8, "max_memory": 0.9},
    "network-path": {"saturated": 0.5},
    "numa": {"unknown": "allow"},
    "random": {"seed": 5},
    "spread": {"weights": {"cpu": 1, "memory": 0.5, "gpu": 2, "intel.com/intel_sriov_netdevice": 1}},
    "topology": {"over": "zone", "max_skew": 1},
}


@pytest.mark.parametrize("name", shipped().policies)
def test_policy_keeps_the_contract(name: str) -> None:
    assert check(shipped().policy(name), np.random.default_rng(1)) == []


@pytest.mark.parametrize("name", VARIANTS)
def test_policy_keeps_the_contract_with_other_parameters(name: str) -> None:
    (step,) = shipped().alone(name, **VARIANTS[name]).steps
    assert check_policy(step.policy, np.random.default_rng(2)) == []


def test_no_two_policies_share_a_name_or_an_alias() -> None:
    names = [alias for name, kind in shipped().policies.items() for alias in (name, *kind.aliases)]
    folded = [name.lower().replace("-", "").replace("_", "") for name in names]
    assert sorted(folded) == sorted(set(folded))


# What each breach looks like, and how the checks put it.


@dataclass(frozen=True, kw_only=True, config=PARAMETERS)
class Base(FilterScorer):
    """Keeps the contract; those below break one promise each."""

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        return "just so"

    def refusal(self, nodes: Snapshot, pod: PodClass) -> str:
        return "0 of 1"


class OutOfRange(Base):
    """Scores above 1."""

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return np.full(len(nodes), 1.5)


class NotANumber(Base):
    """Scores NaN where usage is not known."""

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return np.clip(nodes.usage("cpu"), 0, 1)


class OneTooFew(Base):
    """Leaves out a row."""

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return np.ones(max(0, len(nodes) - 1), dtype=np.bool_)


class LooksAtItsNeighbours(Base):
    """Says NODE, but its score depends on the others."""

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        free = nodes.free("cpu")
        return np.where(free == free.max(initial=0), 1.0, 0.0)


class ScoreOfReplicasElsewhere(Base):
    """Says NODE, but reads counts of all nodes."""

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        total = int(nodes.whole.count(service_group("default", "web")).sum())
        return np.full(len(nodes), 1 / (1 + total))


class SaysStatic(Base):
    """Says STATIC, but looks at what is free."""

    scope: ClassVar[Scope] = Scope.STATIC

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return np.clip(nodes.free("cpu") / np.maximum(nodes.allocatable("cpu"), 1), 0, 1)


class KeyTooNarrow(Base):
    """Reads the service and leaves it out of the key."""

    def key(self, pod: PodClass) -> Hashable:
        return None

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return np.full(len(nodes), 0.5 if pod.service else 0.25)


class ReadsTheProfile(Base):
    """Has an opinion on pods that name a profile, and leaves that out of the key."""

    def key(self, pod: PodClass) -> Hashable:
        return pod.gpu

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return np.full(len(nodes), 0.5 if pod.profile else 0.25)


class KeepsDevices(Base):
    """Says STATIC, and so its device is the one that was emptiest once; the node's score is 1 at all times."""

    scope: ClassVar[Scope] = Scope.STATIC

    def score_devices(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        free = nodes.gpu_free_milli
        if pod.gpu is None or not pod.gpu.is_one_share or not free.shape[1]:
            return None
        best: Floats = (free == free.max(axis=1, keepdims=True)).astype(np.float64)
        return best

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        return None if self.score_devices(nodes, pod) is None else np.ones(len(nodes))


class OtherDevices(Base):
    """Scores a node otherwise than the best of its devices."""

    def score_devices(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        free = nodes.gpu_free_milli
        if pod.gpu is None or not pod.gpu.is_one_share or not free.shape[1]:
            return None
        return np.where(free >= pod.gpu.milli, 0.5, np.nan)

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return np.ones(len(nodes))


class Mutates(Base):
    """Writes into the snapshot's labels."""

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        for labels in nodes.labels:
            if labels:
                labels["seen"] = "yes"
        return np.ones(len(nodes))


class SameArray(Base):
    """Gives away a window on the snapshot."""

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return nodes.ready


class Remembers(Base):
    """Answers otherwise each time."""

    calls: ClassVar[list[int]] = []

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        self.calls.append(1)
        return np.full(len(nodes), 1 / len(self.calls))


class Silent(Base):
    """Refuses without a word."""

    def refusal(self, nodes: Snapshot, pod: PodClass) -> str:
        return "refused"

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return np.zeros(len(nodes), dtype=np.bool_)


class NoGpuNodes(Base):
    """Refuses nodes where GPU pods run."""

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools:
        none: Bools = nodes.count("gpu:share") == 0
        return none


class SaysTooLittle(NoGpuNodes):
    """Has one reason for all."""

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        return ["a GPU pod is there"]

    def refusal(self, nodes: Snapshot, pod: PodClass) -> str:
        return f"{nodes.count('gpu:share')[0]} GPU pods there"


class CountsOthers(NoGpuNodes):
    """Tells a node what is true of all nodes in question."""

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        return [f"{nodes.count('gpu:share').sum()} GPU pods there"] * len(nodes)

    def refusal(self, nodes: Snapshot, pod: PodClass) -> str:
        return self.refusals(nodes, pod)[0]


class Despairs(NoGpuNodes):
    """Says that nothing helps, but the pods that it minds could go."""

    def hopeless(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return np.ones(len(nodes), dtype=np.bool_)


class HalfHopeless(NoGpuNodes):
    """Is not clear about it."""

    def hopeless(self, nodes: Snapshot, pod: PodClass) -> Bools:
        return np.full(len(nodes), 0.5)


class TierTooHigh(Base):
    """Has more tiers than it says."""

    def levels(self, pod: PodClass) -> int:
        return 2

    def tier(self, nodes: Snapshot, pod: PodClass) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.full(len(nodes), 2, dtype=np.int64)


class WrongDevices(Base):
    """Gives a GPU that may be full."""

    def devices(self, nodes: Snapshot, pod: PodClass) -> tuple[int, ...] | None:
        return (0,) if pod.gpu else None


class Raises(Base):
    """Cannot bear an empty cluster."""

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return np.full(len(nodes), float(nodes.free("cpu").max() > 0))


class Plain(FilterScorer):
    """Is no pydantic dataclass, so no profile can build it."""


class SaysNoOpinion(Base):
    """Is left out for pods that it scores."""

    def concerns(self, pod: PodClass) -> bool:
        return False

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats:
        return np.ones(len(nodes))


class Undocumented(Base):
    __doc__ = None


@dataclass(frozen=True, kw_only=True, config=PARAMETERS)
class NoDefault(Base):
    """Wants a parameter."""

    limit: int


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (OutOfRange, "score of pod 'nothing' (sample) must be from 0 to 1, got 1.5"),
        (NotANumber, "must be from 0 to 1, got nan"),
        (OneTooFew, "must be an array with one entry for each of"),
        (LooksAtItsNeighbours, "gets another value when rows are given alone"),
        (ScoreOfReplicasElsewhere, "memory: alone, after"),
        (SaysStatic, "memory: alone, after"),
        (KeyTooNarrow, "depends on its service, which key() leaves out"),
        (ReadsTheProfile, "depends on its profile, which key() leaves out"),
        (KeepsDevices, "are stale, ("),
        (OtherDevices, "the best device of a node must score as the node does"),
        (Mutates, "labels of the snapshot was changed"),
        (SameArray, "must be a new array at each call"),
        (Remembers, "is not the same when asked twice"),
        (Silent, "refusal for pod 'nothing' must say why"),
        (SaysTooLittle, "refusals of pod 'nothing' must be one for each of 3 nodes, got 1"),
        (CountsOthers, "is told '6 GPU pods there' among others, '3 GPU pods there' alone"),
        (Despairs, "no eviction helps on tokyo-gpu-4, but it is allowed once empty"),
        (HalfHopeless, "hopeless of pod 'nothing' must be a mask over the 3 refused nodes"),
        (TierTooHigh, "tier of pod 'nothing' (sample) must be from 0 to 1, got 2"),
        (WrongDevices, "devices of pod 'pair' on tokyo-gpu-2 must be 2 of"),
        (Raises, "answers: ValueError"),
        (SaysNoOpinion, "score of pod 'nothing' has an opinion, but concerns() says that there is none"),
        (Undocumented, "the class wants a docstring"),
        (NoDefault, "parameters: every one must have a default, not so limit"),
        (Plain, "form: a profile cannot set its parameters; put @dataclass("),
    ],
)
def test_breach_is_found(kind: type[FilterScorer], told: str) -> None:
    problems = check(kind, np.random.default_rng(3))
    assert any(told in problem for problem in problems), problems


def test_keeping_the_contract_is_possible() -> None:
    assert check(Base, np.random.default_rng(4)) == []
    assert check(NoGpuNodes, np.random.default_rng(4)) == []  # overrides `refusal` alone
