"""The answer: what the specification did turn by turn, its figures, and its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autoscaler.planner.decision import Rung
from autoscaler.planner.fluid import Fluid
from autoscaler.planner.planned import Planned, anywhere
from autoscaler.planner.replay import Load, Moment, replay
from autoscaler.planner.tally import Tally
from autoscaler.what_if.question import Question

RUNGS: Mapping[Rung, str] = {"Out": "out", "Up": "up", "OverEdge": "over edge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Moments in order; their times are seconds since the trace began."""

    begins_s: float
    moments: tuple[Moment, ...]
    sums: Tally
    pod: float  # what one carries

    @property
    def figures(self) -> dict[str, Any]:
        """With their units in the keys; the same names that JSON has."""
        sums = self.sums
        return {
            "hours": sums.seconds / 3600,
            "load_mean": sums.load_s / sums.seconds,
            "load_peak": sums.peak,
            "pod_hours": sums.pod_s / 3600,
            "pod_hours_by_size": sums.sized_s / 3600,
            "pods_over_ideal": sums.sized_s * self.pod / sums.load_s if sums.load_s else None,
            "replicas_max": sums.most,
            "under_provisioned_s": sums.short_s,
            "load_not_carried_pct": sums.late_pct,
            "steps": {str(kind): count for kind, count in sorted(sums.steps.items())},
            "flips": sums.flips,
            "churn_pods": sums.churn,
            "rung_s": {name: sums.rungs.get(rung, 0.0) for rung, name in RUNGS.items()},
        }

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Every step, with its reason."""
        return [
            {
                "at_s": moment.at_s - self.begins_s,
                "step": moment.step.kind,
                "before": moment.step.before,
                "after": moment.step.after,
                "why": moment.step.why,
            }
            for moment in self.moments
            if moment.step is not None
        ]


def answer(asked: Question, load: Load, progress: Callable[[float], None] = lambda _share: None) -> Answer:
    """Plays the load; *progress* is told what share is done, from 0 to 1."""
    pods = Fluid(asked.assumed, asked.replicas, now_s=load.begins_s)
    lasts_s = load.ends_s - load.begins_s
    moments, sums = list[Moment](), Tally()
    decide = Planned(asked.spec, anywhere)
    for moment in replay(decide, load, pods, (asked.metric,), loop_s=asked.loop_s, window_s=asked.window_s):
        moments.append(moment)
        sums.add(moment)
        progress((moment.at_s + moment.for_s - load.begins_s) / lasts_s)
    return Answer(begins_s=load.begins_s, moments=tuple(moments), sums=sums, pod=asked.assumed.carries)
