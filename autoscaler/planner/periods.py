"""Separate periods for out and in: silences after a change, as the pre-1.12 HPA flags had them (rule 46).

Out, up and over edge share the outward one, counted from the last outward step: the first is free. Home, down and in
share the inward one, counted from the last step in any direction. They stand beside stabilization windows (rule 47):
a period keeps quiet after a change, a window wants everybody's agreement before one. So that the inward period is not
blind, the window is at least as long as it, and a step in goes only to the highest wish seen in it.
"""

from __future__ import annotations

from dataclasses import replace

from autoscaler.planner.history import History
from autoscaler.planner.spec import Horizontal


def outward_wait_s(asked: Horizontal, history: History, now_s: float) -> float:
    """Seconds until the next step outward is allowed; 0 now."""
    return _wait_s(history.last_out_s, asked.out_period_s, now_s)


def inward_wait_s(asked: Horizontal, history: History, now_s: float) -> float:
    """Seconds until the next step inward is allowed; 0 now."""
    return _wait_s(history.last_change_s, asked.in_period_s, now_s)


def watchful(asked: Horizontal) -> Horizontal:
    """The same with a scale-in window that covers the inward period."""
    if not asked.in_period_s:
        return asked
    if asked.down is None:
        return replace(asked, down_window_s=max(asked.down_window_s, asked.in_period_s))
    window_s = asked.down_window_s if asked.down.window_s is None else asked.down.window_s
    if window_s >= asked.in_period_s and asked.down.window_s is not None:
        return asked
    return replace(asked, down=replace(asked.down, window_s=max(window_s, asked.in_period_s)))


def _wait_s(last_s: float | None, period_s: float, now_s: float) -> float:
    return 0.0 if last_s is None else max(0.0, last_s + period_s - now_s)
