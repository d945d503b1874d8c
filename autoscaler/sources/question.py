"""One call to one source, and for which wants its answer is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from autoscaler.planner.observation import PodValues, Total
from autoscaler.sources.want import Want


class PodAnswer(Protocol):
    """Numbers of more pods than one workload has."""

    def of(self, want: Want, names: Collection[str]) -> PodValues:
        """Those of the pods named; NoMetric when there are none, or when one cannot be read."""
        ...


Answer = PodAnswer | Total


@dataclass(frozen=True, slots=True)
class Question:
    """`ask` raises NoMetric, or an error of `kube`."""

    wants: tuple[Want, ...]
    ask: Callable[[], Awaitable[Answer]]
