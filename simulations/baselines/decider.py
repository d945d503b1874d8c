"""What the simulator asks for each pod, whoever answers: one of our profiles or a model of kube-scheduler."""

from __future__ import annotations

from typing import Protocol

from policies.engine.decide import Refusal
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot


class Decider(Protocol):
    """`policies.engine.decide.Engine` is one."""

    def choose(self, nodes: Snapshot, pod: PodClass) -> int:
        """The slot of the node that the pod gets, NO_NODE when it fits nowhere."""

    def devices(self, nodes: Snapshot, pod: PodClass, slot: int) -> tuple[int, ...]:
        """The GPUs of that node which it gets."""

    def refusal(self, nodes: Snapshot, pod: PodClass, slot: int) -> Refusal | None:
        """Why it does not get that node; None when it might."""
