"""Why nodes are refused by policies of scope STATIC, remembered: replicas by the thousand get the same words each time.

What such a policy says of a node holds until labels, sites or latencies change, which is an epoch of the snapshot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from policies.engine.cause import Cause
from policies.engine.contract import Bools
from policies.model.pod import PodClass
from policies.model.snapshot import Rows, Snapshot

_CLASSES = 64  # of which words are kept, by policy; each takes a pointer for every node


class _Texts(NamedTuple):
    epoch: object
    known: Bools
    of: list[str]  # by slot, where known


class Said:
    """The words of one profile's policies."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, PodClass], _Texts] = {}

    def remembered(self, cause: Cause, index: int, nodes: Snapshot, some: Snapshot, pod: PodClass) -> Cause:
        """The cause, told by policy number *index* of *some* of the nodes, with words that are made once an epoch."""

        def words(rows: Rows) -> list[str]:
            slots = some.slots[rows]
            # a row that is tried out stands alone, under the slot that its node has among all
            texts = self._texts(index, nodes, pod, size=max(len(nodes), int(slots.max(initial=-1)) + 1))
            new = ~texts.known[slots]
            if new.any():
                for slot, text in zip(slots[new].tolist(), cause.words(rows[new]), strict=True):
                    texts.of[slot] = text
                texts.known[slots[new]] = True
            return list(map(texts.of.__getitem__, slots.tolist()))

        return cause._replace(words=words)

    def _texts(self, index: int, nodes: Snapshot, pod: PodClass, *, size: int) -> _Texts:
        key = (index, pod)
        texts = self._kept.get(key)
        if texts is None or texts.epoch is not nodes.epoch or len(texts.of) < size:
            self._kept.pop(key, None)
            while len(self._kept) >= _CLASSES:
                del self._kept[next(iter(self._kept))]
            texts = self._kept[key] = _Texts(nodes.epoch, np.zeros(size, dtype=np.bool_), [""] * size)
        return texts
