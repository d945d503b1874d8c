"""What is remembered of each EdgeAutoscaler between passes, and how it outlives the process.

The history is in `status.checkpoint`. Whoever begins to lead reads it from there; from then on its own memory counts,
and the status follows it: at once with a step, within a minute when nothing else changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from autoscaler.controller.status import STATUS_FIELDS
from autoscaler.planner.history import History
from autoscaler.watching.autoscalers import Known


@dataclass(slots=True)
class Memory:
    """Of one of them. `behind` are own writes that no watch has told of yet: path → version, and until when."""

    history: History = field(default_factory=History)
    status: Mapping[str, Any] = field(default_factory=dict)  # as it was read or written last
    written_s: float = 0.0  # when that was
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # held while the status is written
    pending: Mapping[str, Any] | None = None  # a status that waits for its turn
    behind: dict[str, str] = field(default_factory=dict)
    behind_until_s: float = 0.0
    owed: Mapping[str, int] = field(default_factory=dict)  # replicas beyond that go when home is ready
    owed_until_s: float = 0.0
    refused: dict[str, tuple[str, float]] = field(default_factory=dict)  # place or UP → why, and until when it counts
    kept: dict[str, bytes] = field(default_factory=dict)  # place → home's template that its companion was given last
    keep_after_s: float = 0.0  # companions are not asked after before
    said: str = ""  # a would-be step that was told in a dry run
    logged: object = None  # the answer that the decision log has last

    def refusals(self, now_s: float) -> dict[str, str]:
        """What could not be made a short while ago, and why; what is older may be tried again."""
        self.refused = {what: said for what, said in self.refused.items() if now_s < said[1]}
        return {what: why for what, (why, _) in self.refused.items()}


class Memories:
    """By uid. *decode* reads a checkpoint, and makes a new history of one that is none."""

    def __init__(self, decode: Callable[[str], History]) -> None:
        self._decode = decode
        self._known: dict[str, Memory] = {}

    def of(self, known: Known) -> Memory:
        """What is remembered of one; at first what its status says."""
        memory = self._known.get(known.uid)
        if memory is None:
            memory = self._known[known.uid] = self._read(known.status)
        return memory

    def forget(self, uid: str) -> None:
        """It is deleted."""
        self._known.pop(uid, None)

    def clear(self) -> None:
        """Somebody else leads, and will write."""
        self._known.clear()

    def _read(self, status: bytes) -> Memory:
        try:
            told = msgspec.json.decode(status or b"{}")
        except msgspec.DecodeError:
            told = {}
        kept = {name: told[name] for name in STATUS_FIELDS if isinstance(told, Mapping) and name in told}
        text = kept.get("checkpoint")
        return Memory(history=self._decode(text) if isinstance(text, str) and text else History(), status=kept)
