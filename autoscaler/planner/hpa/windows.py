"""Rules 37 and 40: wishes of the recent past hold a change back, and the memory of them.

Without `behavior` the highest wish of the window counts, bounded by nothing: an older, higher one may even scale out.
With it each direction has its window, and the answer starts from what is there. A wish is remembered as it was made,
before it was stabilized; a slot older than the windows is used again, so that the memory stays as long as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from autoscaler.planner.decision import Condition
from autoscaler.planner.history import History, Recommendation
from autoscaler.planner.spec import Horizontal, Rules

_HIGHER = "recent recommendations were higher than the present one, the highest of them is applied"
_LOWER = "recent recommendations were lower than the present one, the lowest of them is applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stabilized:
    """A wish after the windows, AbleToScale, and the memory with the wish in it."""

    replicas: int
    condition: Condition
    history: History


def initial(history: History, current: int, now_s: float) -> History:
    """Rule 3: nothing remembered means what is there is wished for, so that a restart scales nothing in."""
    if history.started:
        return history
    known = history.recommendations or (Recommendation(current, now_s),)
    return replace(history, recommendations=known, started=True)


def by_window(asked: Horizontal, history: History, wish: int, now_s: float) -> Stabilized:
    """Rule 37; what is as old as the window is still in it."""
    since_s = now_s - asked.down_window_s
    highest, old = wish, None
    for index, known in enumerate(history.recommendations):
        if known.at_s < since_s:
            old = index
        else:
            highest = max(highest, known.replicas)
    condition = _ready() if highest == wish else _able("ScaleDownStabilized", _HIGHER)
    return Stabilized(replicas=highest, condition=condition, history=_remembered(history, old, wish, now_s))


def by_behavior(
    asked: Horizontal, up: Rules, down: Rules, history: History, wish: int, *, current: int, now_s: float
) -> Stabilized:
    """Rule 40; what is as old as a window is in it no more."""
    up_since_s = now_s - (up.window_s or 0.0)
    down_since_s = now_s - (asked.down_window_s if down.window_s is None else down.window_s)
    lowest, highest, old = wish, wish, None
    for index, known in enumerate(history.recommendations):
        if known.at_s > up_since_s:
            lowest = min(lowest, known.replicas)
        if known.at_s > down_since_s:
            highest = max(highest, known.replicas)
        if known.at_s < up_since_s and known.at_s < down_since_s:
            old = index
    replicas = min(max(current, lowest), highest)
    if replicas == wish:
        condition = _ready()
    elif wish >= current:
        condition = _able("ScaleUpStabilized", _LOWER)
    else:
        condition = _able("ScaleDownStabilized", _HIGHER)
    return Stabilized(replicas=replicas, condition=condition, history=_remembered(history, old, wish, now_s))


def _remembered(history: History, old: int | None, wish: int, now_s: float) -> History:
    known = history.recommendations
    new = Recommendation(wish, now_s)
    slots = (*known, new) if old is None else (*known[:old], new, *known[old + 1 :])
    return replace(history, recommendations=slots)


def _ready() -> Condition:
    return _able("ReadyForNewScale", "recommended size matches current size")


def _able(reason: str, message: str) -> Condition:
    return Condition(type="AbleToScale", status="True", reason=reason, message=message)
