"""Keep nodes evenly filled: the less of a node would be allocated, the better.

    score = 1 - Σ weight · (requested + asked) / allocatable / Σ weight      over cpu, memory and gpu

NodeResourcesFit's strategy LeastAllocated, kube-scheduler's default, without its rounding to whole points. It spreads
what is
*requested*; `load` looks at what is used, `topology` spreads the replicas of one service. The opposite of `binpack`:
on each node the two scores add up to 1. A node that has none of the resources scores 0 in both.
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
class Spread(FilterScorer):
    """Prefers the nodes that are least allocated, so that no node fills while others idle."""

    weights: Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)] = field(
        default_factory=lambda: dict(EQUAL)
    )

    aliases: ClassVar[tuple[str, ...]] = ("least-allocated",)

    def key(self, pod: PodClass) -> Hashable:
        return counted(pod, self.weights)

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        return 1 - allocated_share(nodes, pod, self.weights, without=1.0)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        return f"allocated with the pod: {in_words(nodes, pod, self.weights)}"


POLICY: type[FilterScorer] = Spread
