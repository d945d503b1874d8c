"""What a replay came to: pods and hours, load that came too early for them, turns of direction, time on each rung."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from autoscaler.planner.decision import Rung, StepKind
from autoscaler.planner.replay import Moment


@dataclass(slots=True)
class Tally:
    """Sums over moments, in the order in which they came."""

    seconds: float = 0.0
    load_s: float = 0.0  # load × seconds
    peak: float = 0.0  # of the load, mean of a turn
    late_s: float = 0.0  # load × seconds above what ready pods carry
    short_s: float = 0.0  # seconds in which there was any
    pod_s: float = 0.0
    sized_s: float = 0.0  # the same, bigger pods counting for more
    most: int = 0
    churn: int = 0  # pods started and stopped
    flips: int = 0  # out after in, or in after out
    steps: Counter[StepKind] = field(default_factory=Counter)
    rungs: dict[Rung, float] = field(default_factory=dict)  # seconds
    _count: int | None = None
    _direction: int = 0

    def add(self, moment: Moment) -> None:
        """One more turn."""
        count = moment.count
        self.seconds += moment.for_s
        self.load_s += moment.load * moment.for_s
        self.peak = max(self.peak, moment.load)
        self.late_s += moment.late
        self.short_s += moment.short_s
        self.pod_s += count * moment.for_s
        self.sized_s += (count - moment.home + moment.growth * moment.home) * moment.for_s
        self.most = max(self.most, count)
        self.rungs[moment.rung] = self.rungs.get(moment.rung, 0.0) + moment.for_s
        if moment.step is not None:
            self.steps[moment.step.kind] += 1
        change = 0 if self._count is None else count - self._count
        self._count = count
        if change:
            self.churn += abs(change)
            direction = 1 if change > 0 else -1
            self.flips += direction == -self._direction
            self._direction = direction

    @property
    def late_pct(self) -> float | None:
        """Of the load; None when there was none."""
        return 100 * self.late_s / self.load_s if self.load_s else None


def tally(moments: Iterable[Moment]) -> Tally:
    """Of all of them."""
    sums = Tally()
    for moment in moments:
        sums.add(moment)
    return sums
