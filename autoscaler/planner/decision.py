"""What should happen next, and why: one value, from which the record, the status and the event are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from autoscaler.planner.history import History
from autoscaler.planner.observation import Size

Rung = Literal["Out", "Up", "OverEdge"]
StepKind = Literal["ScaleOut", "ScaleUp", "OverEdge", "ComeHome", "ScaleDown", "ScaleIn"]
OUTWARDS: frozenset[str] = frozenset({"ScaleOut", "ScaleUp", "OverEdge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """HPA's conditions, with its reasons: AbleToScale, ScalingActive, ScalingLimited, ScaledToZero; and ours."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricStatus:
    """What one metric said and wished: percent and thousandths as the rules report them, or why it said nothing."""

    label: str
    replicas: int | None  # its proposal
    exact: float | None = None  # the proposal before tolerance and rounding: how many replicas the load is worth
    utilization: int | None = None
    milli: int | None = None  # average or total, by the target's kind
    problem: str = ""
    reason: str = ""  # FailedGetResourceMetric and the like


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The whole state that should be: replicas at home, at each place beyond, and the size of those at home."""

    home: int
    beyond: Mapping[str, int] = field(default_factory=dict)
    size: Size = field(default_factory=dict)  # empty: as in the template


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The one change of a decision. `why` is a sentence with its numbers, fit for an Event."""

    kind: StepKind
    before: str  # "4 replicas"
    after: str  # "6 replicas"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer. `step` None: hold, and `held` says why when something was wished for."""

    wanted: Wanted
    rung: Rung
    step: Step | None
    held: str = ""
    wish: int = 0  # replicas at the present size that the metrics propose, before any limit
    desired: int = 0  # after windows and rates, before the ladder
    metrics: tuple[MetricStatus, ...] = ()
    conditions: tuple[Condition, ...] = ()
    exhausted: Mapping[str, str] = field(default_factory=dict)  # rung → why it has nothing more to give
    recommendation: Size = field(default_factory=dict)  # the vertical one, where asked for
    forecast: int | None = None  # replicas that the forecast would add up to
    history: History  # to remember when the step was made, or there was none
    unmoved: History  # to remember when the step could not be made
