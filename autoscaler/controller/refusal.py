"""Why an EdgeAutoscaler cannot be decided on, as a condition says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Which condition is False, with reason and message."""

    type: str  # AbleToScale, ScalingActive, Valid
    reason: str
    message: str
