"""Demand: the sites whose users a pod serves, with weights that sum to one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from policies.errors import ModelError
from policies.model.site import Sites


@dataclass(frozen=True, slots=True)
class Demand:
    """(site, weight) pairs in site order. One origin is the demand with one site."""

    weights: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        names = [name for name, _ in self.weights]
        if not names or len(set(names)) != len(names):
            raise ModelError(f"demand: wants each site once and at least one, got {names}")
        for name, weight in self.weights:
            if not (weight >= 0 and math.isfinite(weight)):
                raise ModelError(f"demand: weight of {name} must be >= 0 and finite, got {weight}")
        total = sum(weight for _, weight in self.weights)
        if total <= 0:
            raise ModelError("demand: weights sum to zero")
        if not math.isfinite(total):
            raise ModelError(f"demand: the sum of the weights must be finite, got {total}")
        ordered = sorted((name, weight / total) for name, weight in self.weights)
        object.__setattr__(self, "weights", tuple(ordered))

    @classmethod
    def parse(cls, text: str) -> Demand:
        """`seoul` or `seoul=0.7,busan=0.3` (annotation `edgeward.dev/origin`)."""
        pairs = []
        for part in text.split(","):
            name, equals, number = part.strip().partition("=")
            try:
                weight = float(number) if equals else 1.0
            except ValueError:
                raise ModelError(f"demand {text!r}: weight of {name!r} is not a number: {number!r}") from None
            if not name.strip():
                raise ModelError(f"demand {text!r}: a site has no name")
            pairs.append((name.strip(), weight))
        return cls(tuple(pairs))

    def reweighted(self, live: Mapping[str, float]) -> Demand:
        """The same sites weighted by live demand (requests/s by site); unchanged when none of them has any."""
        pairs = tuple((name, weight * live.get(name, 0.0)) for name, weight in self.weights)
        return Demand(pairs) if sum(weight for _, weight in pairs) > 0 else self

    def columns(self, sites: Sites) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        """Numbers and weights of those of its sites that exist, weights summing to 1; empty when none does.

        Deciding never fails on a name that somebody mistyped: a pod whose origin is unknown is near nothing.
        """
        known = [(sites.number(name), weight) for name, weight in self.weights if weight > 0 and name in sites]
        weights = np.array([weight for _, weight in known])
        return np.array([number for number, _ in known], dtype=np.intp), weights / (weights.sum() or 1.0)

    @property
    def names(self) -> str:
        """Its sites for a sentence: `seoul` or `seoul, busan`."""
        return ", ".join(name for name, _ in self.weights)
