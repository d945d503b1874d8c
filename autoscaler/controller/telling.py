"""Who is told of what: Events for people, counters for Prometheus, lines for the log, records for replays.

The loop says what happened; what becomes of it is here. A protocol, so that the loop's tests need no Prometheus.
"""

from __future__ import annotations

from typing import Protocol

from autoscaler.applying.outcome import Outcome
from autoscaler.controller.conditions import Told
from autoscaler.controller.deciding import Decided
from autoscaler.watching.autoscalers import Known


class Telling(Protocol):
    """Told by the loop as it goes."""

    def turned(self, known: Known, told: Told) -> None:
        """Something about an EdgeAutoscaler is otherwise than before."""

    def decided(self, decided: Decided) -> None:
        """A decision was made; its step, if there is one, is not made yet."""

    def would(self, known: Known, decided: Decided) -> None:
        """A dry run would have made another step than the last time."""

    def done(self, known: Known, decided: Decided, outcome: Outcome) -> None:
        """A step ended so."""

    def status_failed(self, known: Known, problem: str) -> None:
        """A status could not be written; the next pass tries again."""

    def failed(self, known: Known, error: Exception) -> None:
        """We failed on this one; it is tried again in the next pass, and the others go on."""

    def passed(self, autoscalers: int, seconds: float) -> None:
        """A pass over so many is over."""
