"""`spec.scaleOut` and `spec.scaleIn`: the period of each direction, beside HPA's window, rates and tolerance.

`periodSeconds` 0 is HPA's own behaviour. Windows and rates bound what is decided; a period bounds how often.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from autoscaler.api.v1alpha1.part import Part, Positive
from autoscaler.api.v1alpha1.quantities import Quantity

LONGEST_WINDOW_S = 3600  # pkg/apis/autoscaling/validation MaxStabilizationWindowSeconds
LONGEST_RATE_S = 1800  # … MaxPeriodSeconds
LONGEST_PERIOD_S = 86_400

Window = Annotated[int, Field(strict=True, ge=0, le=LONGEST_WINDOW_S)]
Period = Annotated[int, Field(strict=True, ge=0, le=LONGEST_PERIOD_S)]


class ScalingPolicy(Part):
    """At most so many pods, or so many percent of them, in that many seconds."""

    type: Literal["Pods", "Percent"]
    """What value counts: Pods or Percent."""
    value: Positive
    """How many pods, or percent of the replicas at the beginning of the time."""
    period_seconds: Annotated[int, Field(strict=True, ge=1, le=LONGEST_RATE_S)]
    """In how much time, 1 to 1800 s."""


def _some(policies: tuple[ScalingPolicy, ...]) -> tuple[ScalingPolicy, ...]:
    if not policies:  # pydantic's own minimum would also complain of a list whose entries are wrong
        raise ValueError("must have at least one policy, or not be there")
    return policies


Policies = Annotated[
    tuple[ScalingPolicy, ...], Field(max_length=16, json_schema_extra={"minItems": 1}), AfterValidator(_some)
]


class ScaleOut(Part):
    """How replicas are added."""

    period_seconds: Period = 180
    """The first scale-out is immediate, the next at least so long after the last one. 0: no such limit, as HPA."""
    stabilization_window_seconds: Window = 0
    """Scale out only to the lowest wish of so much time."""
    policies: Policies | None = None
    """How many at most in how much time; unless given 4 pods or 100 percent in 15 s, whichever is more."""
    select_policy: Literal["Max", "Min", "Disabled"] = "Max"
    """Which of the policies counts: Max, that of the largest change, or Min; Disabled: never scale out."""
    tolerance: Quantity | None = None
    """How far above its target a metric may be without effect, as a fraction: "0.05" is 5 %. Unless given 10 %."""


class ScaleIn(Part):
    """How replicas are taken away."""

    period_seconds: Period = 300
    """At least so long after the last change in either direction. 0: no such limit, as HPA."""
    stabilization_window_seconds: Window = 300
    """Scale in only to the highest wish of so much time."""
    policies: Policies | None = None
    """How many at most in how much time; unless given 100 percent in 15 s."""
    select_policy: Literal["Max", "Min", "Disabled"] = "Max"
    """Which of the policies counts: Max, that of the largest change, or Min; Disabled: never scale in."""
    tolerance: Quantity | None = None
    """How far below its target a metric may be without effect, as a fraction: "0.05" is 5 %. Unless given 10 %."""
