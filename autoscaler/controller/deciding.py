"""One decision with everything around it that is pure enough: observe, ask the planner, record, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from autoscaler.controller.memory import Memory
from autoscaler.controller.observing import Observer
from autoscaler.controller.subject import Subject
from autoscaler.planner.decision import Decision
from autoscaler.planner.history import History
from autoscaler.planner.observation import Observation, Rooms
from autoscaler.planner.record import Asked as RoomsAsked
from autoscaler.planner.record import Heard
from autoscaler.planner.spec import Spec
from autoscaler.sources.sources import Readings

Plan = Callable[[Spec, Observation, History, Rooms], Decision]
RoomsOf = Callable[[Subject, Observation, History], Rooms]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, and what it was made from: a record of it replays to the same answer."""

    subject: Subject
    seen: Observation
    before: History
    decision: Decision
    rooms_asked: list[RoomsAsked] = field(default_factory=list)


class Decider:
    """Decides on subjects."""

    def __init__(self, observer: Observer, plan: Plan, rooms_of: RoomsOf) -> None:
        self._observer = observer
        self._plan = plan
        self._rooms_of = rooms_of

    def decide(self, subject: Subject, memory: Memory, readings: Readings, now_s: float) -> Decided:
        """What should happen next with this one."""
        seen = self._observer.observe(
            subject, readings, now_s, scaled_to_zero=_is_scaled_to_zero(memory), refused=memory.refusals(now_s)
        )
        heard = Heard(rooms=self._rooms_of(subject, seen, memory.history), asked=[])
        decision = self._plan(subject.asked.spec, seen, memory.history, heard)
        return Decided(subject=subject, seen=seen, before=memory.history, decision=decision, rooms_asked=heard.asked)


def _is_scaled_to_zero(memory: Memory) -> bool:
    return any(
        each.get("type") == "ScaledToZero" and each.get("status") == "True"
        for each in memory.status.get("conditions") or ()
    )
