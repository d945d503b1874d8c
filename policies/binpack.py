"""Fill nodes one after the other: the more of a node would be allocated, the better.

    score = Σ weight · (requested + asked) / allocatable / Σ weight      over cpu, memory and gpu

NodeResourcesFit's strategy MostAllocated (kubernetes.io, "Resource Bin Packing"), without its rounding to whole points.
The opposite of `spread`: on each node the two scores add up to 1. A node that has none of the resources scores 0 in
both.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import field
from typing import Annotated, ClassVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.allocation import EQUAL, allocated_share, counted, in_words
from policies.engine.contract import PARAMETERS, FilterScorer, Floats
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Binpack(FilterScorer):
    """Prefers the nodes that are most allocated, so that others stay empty."""

    weights: Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)] = field(
        default_factory=lambda: dict(EQUAL)
    )

    aliases: ClassVar[tuple[str, ...]] = ("most-allocated",)

    def key(self, pod: PodClass) -> Hashable:
        return counted(pod, self.weights)

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        return allocated_share(nodes, pod, self.weights, without=0.0)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        return f"allocated with the pod: {in_words(nodes, pod, self.weights)}"


POLICY: type[FilterScorer] = Binpack
