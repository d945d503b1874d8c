"""The conditions that the ladder adds to the horizontal rules' own."""

from __future__ import annotations

from collections.abc import Iterable

from autoscaler.planner.decision import Condition
from autoscaler.planner.ladder import Move


def limited(conditions: Iterable[Condition], wish: int, current: int, move: Move) -> tuple[Condition, ...]:
    """ScalingLimited says whether any rung had something to give, not only whether `maxReplicas` was reached."""
    if wish > current and move.kind is None and move.exhausted:
        told = "; ".join(f"{rung}: {why}" for rung, why in move.exhausted.items())
        return _put(conditions, Condition(type="ScalingLimited", status="True", reason="LadderExhausted", message=told))
    return tuple(conditions)


def backing_off(conditions: Iterable[Condition], reason: str, held: str) -> tuple[Condition, ...]:
    """AbleToScale while a period, or the time that a reason must last, holds a step back."""
    return _put(conditions, Condition(type="AbleToScale", status="False", reason=reason, message=held))


def paused(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """AbleToScale while `spec.paused` is set."""
    message = "spec.paused is true: decisions are shown, nothing is changed"
    return _put(conditions, Condition(type="AbleToScale", status="False", reason="Paused", message=message))


def _put(conditions: Iterable[Condition], condition: Condition) -> tuple[Condition, ...]:
    return (*(each for each in conditions if each.type != condition.type), condition)
