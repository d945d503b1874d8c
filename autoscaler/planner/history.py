"""What is remembered of a workload between two decisions; a value, so that a decision returns the next one.

It outlives the process (`checkpoint` makes text of it): after a restart or a change of leader the windows and periods
go on where they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autoscaler.planner.observation import Size


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A wish for replicas, before it was stabilized."""

    replicas: int
    at_s: float


@dataclass(frozen=True, slots=True)
class ScaleEvent:
    """A change that was made; `change` is > 0 in both directions. Outdated ones are reused slots (rule 45)."""

    change: int
    at_s: float
    outdated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a metric said before: its last number and since when it is the same, its last number that was not zero."""

    milli: int = 0
    since_s: float = 0.0
    nonzero_milli: int = 0
    nonzero_s: float | None = None
    told_s: float | None = None  # the source's own time of the last number


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All of it. The first of a workload is `History()`."""

    recommendations: tuple[Recommendation, ...] = ()
    out_events: tuple[ScaleEvent, ...] = ()
    in_events: tuple[ScaleEvent, ...] = ()
    last_out_s: float | None = None  # the last step out, up or over
    last_change_s: float | None = None  # the last step of any kind
    size: Size = field(default_factory=dict)  # requests last asked for; empty: those of the template
    base: Size = field(default_factory=dict)  # requests before the first step up; empty: never stepped
    room_since_s: float | None = None  # home has had room since then
    surplus_since_s: float | None = None  # fewer would do since then
    seen: Mapping[str, Seen] = field(default_factory=dict)  # by the metric's key
    series: tuple[tuple[float, float], ...] = ()  # (at_s, wish in replicas at base size), for the forecast
    usage: Mapping[str, str] = field(default_factory=dict)  # container/resource → a histogram, as text
    started: bool = False  # rule 3 has been applied
