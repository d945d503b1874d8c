"""Kinds of devices that are preferred or refused, as data: a label, values never to take, and points for the others.

    label: machine
    refuse: [nano]
    weights: {xavier: 70, tx2: 30}
    default: 0

score = points / 100; a value without points of its own, and a node without the label, gets `default`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import field
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.cause import worded
from policies.engine.contract import PARAMETERS, Bools, FilterScorer, Floats, Scope
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

_FULL = 100.0
Points = Annotated[float, Field(ge=0, le=_FULL)]


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class DevicePreference(FilterScorer):
    """Prefers or refuses nodes by the value of one label, with points per value."""

    label: Annotated[str, Field(min_length=1)] = "machine"
    refuse: tuple[str, ...] = ()
    weights: dict[str, Points] = field(default_factory=dict)
    default: Points = 0.0

    scope: ClassVar[Scope] = Scope.STATIC

    def concerns(self, pod: PodClass) -> bool:
        return bool(self.refuse or self.weights)

    def key(self, pod: PodClass) -> Hashable:
        return None  # nothing of the pod matters

    def allow(self, nodes: Snapshot, pod: PodClass) -> Bools | None:
        if not self.refuse:
            return None
        codes, values = nodes.label(self.label)
        refused = np.array([*(value in self.refuse for value in values), False])  # the last entry: no such label
        allowed: Bools = ~refused[codes]
        return allowed

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        if not self.weights:
            return None
        codes, values = nodes.label(self.label)
        points = np.array([*(self.weights.get(value, self.default) for value in values), self.default])
        score: Floats = points[codes] / _FULL
        return score

    def refusals(self, nodes: Snapshot, pod: PodClass) -> Sequence[str]:
        codes, values = nodes.label(self.label)
        return worded(lambda code: f"{self._told(code, values)} is refused (never {', '.join(self.refuse)})", codes)

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        codes, values = nodes.label(self.label)
        points = self.weights.get(values[codes[0]], self.default) if codes[0] >= 0 else self.default
        return f"{self._told(codes[0], values)}: {points:g} of {_FULL:g} points"

    def _told(self, code: int, values: tuple[str, ...]) -> str:
        return f"{self.label}={values[code]}" if code >= 0 else f"no label {self.label}"


POLICY: type[FilterScorer] = DevicePreference
