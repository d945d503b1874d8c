"""What nodes really do, not what was requested of them: prefers the ones with the most idle CPU and memory.

    would be = usage + asked / allocatable                          per kind, at most 1
    score = 1 - Σ weight · would be / Σ weight                      over the kinds that were measured

The pod's request stands for what it will use until that is measured (as Trimaran's TargetLoadPacking predicts). A node
that nobody measures scores 0.5: better than a busy one, worse than one known to idle. `max_cpu` and `max_memory` refuse
nodes that would be fuller; an unmeasured one passes, since a monitoring system that is down must not stop all placing.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

UNKNOWN = 0.5
_KINDS = ("cpu", "memory")


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Load(FilterScorer):
    """Prefers nodes whose measured CPU and memory use is low; optionally refuses those above a limit."""

    cpu_weight: Annotated[float, Field(ge=0)] = 1.0
    memory_weight: Annotated[float, Field(ge=0)] = 1.0
    max_cpu: Annotated[float, Field(gt=0, le=1)] | None = None  # share of capacity
    max_memory: Annotated[float, Field(gt=0, le=1)] | None = None

    aliases: ClassVar[tuple[str, ...]] = ("real-load", "usage")

    def key(self, pod: PodClass) -> Hashable:
        return tuple(pod.request(kind) for kind in _KINDS)

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        limits = [(kind, limit) for kind, limit in self._limits() if limit is not None]
        if not limits:
            return None
        allowed = np.ones(len(nodes), dtype=np.bool_)
        for kind, limit in limits:
            allowed &= ~(_would_be(nodes, pod, kind) > limit)  # so NaN passes
        return allowed

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        busy, weighed = np.zeros(len(nodes)), np.zeros(len(nodes))
        for kind, weight in zip(_KINDS, (self.cpu_weight, self.memory_weight), strict=True):
            share = _would_be(nodes, pod, kind)
            known = ~np.isnan(share)
            busy += np.where(known, np.minimum(share, 1), 0) * weight
            weighed += known * weight
        mean: Floats = np.divide(busy, weighed, out=np.full(len(nodes), 1 - UNKNOWN), where=weighed > 0)
        return np.maximum(1 - mean, 0)  # rounding must not leave the range

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        limits = self._limits()

        def say(*shares: float) -> str:
            for (kind, limit), used, share in zip(limits, shares[::2], shares[1::2], strict=True):
                if limit is not None and share > limit:
                    return f"{kind} use {used:.0%}, {share:.1%} with the pod > {limit:.0%}"
            return "use within the limits"

        return worded(say, *(each for kind, _ in limits for each in (nodes.usage(kind), _would_be(nodes, pod, kind))))

    def hopeless(self, nodes: Snapshot, pod: PodClass) -> Bools:
        """Where the pod alone would be too much; what others use is measured, and falls when they go."""
        alone = [(_share(nodes, pod, kind), limit) for kind, limit in self._limits() if limit is not None]
        too_much: Bools = np.zeros(len(nodes), dtype=np.bool_)
        for share, most in alone:
            too_much |= share > most
        return too_much

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        words = [
            f"{kind} use {nodes.usage(kind)[0]:.0%}" + (f", {share:.0%} with the pod" if pod.request(kind) else "")
            for kind in _KINDS
            if not np.isnan(share := float(_would_be(nodes, pod, kind)[0]))
        ]
        return "; ".join(words) or f"use not measured, taken as {UNKNOWN:.0%}"

    def _limits(self) -> tuple[tuple[str, float | None], ...]:
        return ("cpu", self.max_cpu), ("memory", self.max_memory)


def _would_be(nodes: Snapshot, pod: PodClass, kind: str) -> Floats:
    """The share in use with the pod on the node; NaN where it is not measured."""
    return nodes.usage(kind) + _share(nodes, pod, kind) if pod.request(kind) else nodes.usage(kind)


def _share(nodes: Snapshot, pod: PodClass, kind: str) -> Floats:
    share: Floats = pod.request(kind) / np.maximum(nodes.allocatable(kind), 1)
    return share


POLICY: type[FilterScorer] = Load
