"""Rules 38 and 41–44: how far one change may go, by minimum, maximum and rate, and which of them bound it."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

from autoscaler.planner.history import History, ScaleEvent
from autoscaler.planner.hpa.integers import MAX_INT32
from autoscaler.planner.spec import Policy, Rules

_UP_FACTOR = 2  # without `behavior`: at most twice as many,
_UP_LEAST = 4  # or four


class Limited(NamedTuple):
    """Replicas within the limits, and the reason of condition ScalingLimited."""

    replicas: int
    reason: str


MESSAGES = {
    "ScaleUpLimit": "the desired replica count is increasing faster than the maximum scale rate",
    "ScaleDownLimit": "the desired replica count is decreasing faster than the maximum scale rate",
    "TooManyReplicas": "the desired replica count is more than the maximum replica count",
    "TooFewReplicas": "the desired replica count is less than the minimum replica count",
    "DesiredWithinRange": "the desired count is within the acceptable range",
}


def by_rule(wish: int, *, current: int, least: int, most: int) -> Limited:
    """Rule 38: no `behavior`."""
    up = max(_UP_FACTOR * current, _UP_LEAST)
    bound, reason = (up, "ScaleUpLimit") if most > up else (most, "TooManyReplicas")
    if wish < least:
        return Limited(least, "TooFewReplicas")
    if wish > bound:
        return Limited(bound, reason)
    return Limited(wish, "DesiredWithinRange")


def by_rate(
    up: Rules, down: Rules, history: History, wish: int, *, current: int, least: int, most: int, now_s: float
) -> Limited:
    """Rules 41–44: the tighter of bound and rate names itself."""
    if wish > current:
        limit = max(current, up_limit(up, history, current=current, now_s=now_s))
        bound, reason = (limit, "ScaleUpLimit") if most > limit else (most, "TooManyReplicas")
        if wish > bound:
            return Limited(bound, reason)
    elif wish < current:
        limit = min(current, down_limit(down, history, current=current, now_s=now_s))
        bound, reason = (limit, "ScaleDownLimit") if least < limit else (least, "TooFewReplicas")
        if wish < bound:
            return Limited(bound, reason)
    return Limited(wish, "DesiredWithinRange")


def up_limit(rules: Rules, history: History, *, current: int, now_s: float) -> int:
    """How many there may be at most, by the policies for out."""
    if rules.select == "Disabled":
        return current
    limits = [_up(policy, _start(policy, history, current, now_s)) for policy in rules.policies]
    return min(limits, default=MAX_INT32) if rules.select == "Min" else max(limits, default=-MAX_INT32 - 1)


def down_limit(rules: Rules, history: History, *, current: int, now_s: float) -> int:
    """How few there may be at least, by the policies for in."""
    if rules.select == "Disabled":
        return current
    limits = [_down(policy, _start(policy, history, current, now_s)) for policy in rules.policies]
    return max(limits, default=-MAX_INT32 - 1) if rules.select == "Min" else min(limits, default=MAX_INT32)


def changed_within(events: Iterable[ScaleEvent], period_s: float, now_s: float) -> int:
    """Replicas added or taken away in the period; an event as old as the period is out of it."""
    return sum(event.change for event in events if event.at_s > now_s - period_s)


def _start(policy: Policy, history: History, current: int, now_s: float) -> int:
    """Rule 41: replicas as the period began. Both directions count in both limits."""
    added = changed_within(history.out_events, policy.period_s, now_s)
    taken = changed_within(history.in_events, policy.period_s, now_s)
    return current - added + taken


def _up(policy: Policy, start: int) -> int:
    return start + policy.value if policy.kind == "Pods" else ceil(start * (1 + policy.value / 100))


def _down(policy: Policy, start: int) -> int:
    return start - policy.value if policy.kind == "Pods" else int(start * (1 - policy.value / 100))
