"""Rule 45: changes that were made are remembered for the rates, where there are rates."""

from __future__ import annotations

from dataclasses import replace

from autoscaler.planner.history import History, ScaleEvent
from autoscaler.planner.spec import DOWN_DEFAULT, UP_DEFAULT, Horizontal, Rules


def changed(history: History, asked: Horizontal, before: int, after: int, now_s: float) -> History:
    """The history with the change from *before* to *after* in it; older ones than any policy looks at give way."""
    if before == after or (asked.up is None and asked.down is None):
        return history
    if after > before:
        events = stored(asked.up or UP_DEFAULT, history.out_events, after - before, now_s)
        return replace(history, out_events=events)
    return replace(history, in_events=stored(asked.down or DOWN_DEFAULT, history.in_events, before - after, now_s))


def stored(rules: Rules, events: tuple[ScaleEvent, ...], change: int, now_s: float) -> tuple[ScaleEvent, ...]:
    """The events of one direction with a new one, in the last slot that is outdated or at the end."""
    longest_s = max((policy.period_s for policy in rules.policies), default=0.0)
    marked = [replace(event, outdated=event.outdated or event.at_s < now_s - longest_s) for event in events]
    new = ScaleEvent(change, now_s)
    old = max((index for index, event in enumerate(marked) if event.outdated), default=None)
    if old is None:
        marked.append(new)
    else:
        marked[old] = new
    return tuple(marked)
