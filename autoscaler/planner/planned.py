"""The planner as a replay's decider: it remembers its history from turn to turn, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from autoscaler.planner.decision import Decision
from autoscaler.planner.history import History
from autoscaler.planner.observation import Fit, Observation, Rooms
from autoscaler.planner.plan import plan
from autoscaler.planner.spec import Spec


@dataclass(slots=True)
class Planned:
    """Every step is done, so the history that goes with it is the one to remember."""

    spec: Spec
    rooms: Rooms
    history: History = field(default_factory=History)

    def __call__(self, seen: Observation) -> Decision:
        decision = plan(self.spec, seen, self.history, self.rooms)
        self.history = decision.history
        return decision


def anywhere(_place: str, up_to: int) -> Fit:
    """Rooms of a world that is never full."""
    return Fit(count=up_to)
