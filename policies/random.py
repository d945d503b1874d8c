"""Any feasible node, each with the same chance; and any fitting GPU. The baseline that every other policy must beat.

No dice: the draw is a hash (splitmix64's finaliser) of `seed`, the snapshot's version and the node's rank by name. Each
decision draws anew, since the version grows with every pod that is placed. The same history gives the same answers, so
a simulation is repeatable; two mirrors of one cluster that were told differently would not agree. The drawn node scores
1, the others less than 0.5 in random order, so that no rounding to whole numbers makes two of them equal to the best.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field
from pydantic.dataclasses import dataclass

from policies.engine.contract import PARAMETERS, FilterScorer, Floats, Scope
from policies.engine.fit import allowed_devices
from policies.engine.needs import needed
from policies.model.pod import PodClass
from policies.model.snapshot import Snapshot

Words = npt.NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: splitmix64's step
_MASK = 2**64 - 1
_OTHERS = 0.49
_DEVICES = 0xD1B54A32D192ED03  # devices draw from another sequence than nodes


@dataclass(frozen=True, slots=True, kw_only=True, config=PARAMETERS)
class Random(FilterScorer):
    """Takes any feasible node with equal chance, the same one for the same seed and state."""

    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0

    scope: ClassVar[Scope] = Scope.CLUSTER

    def score(self, nodes: Snapshot, pod: PodClass) -> Floats | None:
        drawn = self._hash(nodes, nodes.tie.astype(np.uint64))
        if not len(drawn):
            return np.zeros(0)
        score: Floats = drawn.astype(np.float64) * (_OTHERS / 2.0**64)
        score[drawn == drawn.max()] = 1.0
        return score

    def devices(self, nodes: Snapshot, pod: PodClass) -> tuple[int, ...] | None:
        if pod.gpu is None:
            return None
        fitting = np.flatnonzero((allowed_devices(nodes, pod) & (nodes.gpu_free_milli >= needed(nodes, pod.gpu)))[0])
        if len(fitting) < pod.gpu.count:
            return None
        start = np.uint64((int(nodes.tie[0]) * _DEVICES) & _MASK)
        drawn = self._hash(nodes, fitting.astype(np.uint64) + start)
        return tuple(sorted(fitting[np.argsort(drawn, kind="stable")[: pod.gpu.count]].tolist()))

    def _hash(self, nodes: Snapshot, number: Words) -> Words:
        """64 bits for each number, as if drawn at random."""
        start = int(_mixed(np.array([self.seed * _GOLDEN & _MASK], dtype=np.uint64))[0])
        start = int(_mixed(np.array([(start + nodes.version * _GOLDEN) & _MASK], dtype=np.uint64))[0])
        return _mixed((number + np.uint64(1)) * np.uint64(_GOLDEN) + np.uint64(start))

    def reason(self, nodes: Snapshot, pod: PodClass) -> str:
        return f"drawn with seed {self.seed} at version {nodes.version}"


def _mixed(words: Words) -> Words:
    # uint64 arrays wrap around, as the finaliser wants it
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


POLICY: type[FilterScorer] = Random
