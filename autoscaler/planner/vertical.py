"""The second rung: bigger requests for the replicas that are there, and smaller ones on the way back.

A step is as large as the wish asks for: replicas that should be half as many again get half as much again, rounded up
to the container's step, at most to `maxAllowed` and to what every replica's node has left. The way back ends at the
size that was there before the first step. Limits follow requests where the QoS class asks for it, which is the
applying's part; here whole CPUs stay whole for pods that are pinned to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from autoscaler.planner import sizes
from autoscaler.planner.observation import HOME, UP, Observation, Size
from autoscaler.planner.spec import Bounds, Vertical

DEFERRED_S = 60.0  # a resize that waits longer for its node has exhausted the rung there
WHOLE_CPU = 1000
_STEPS = {"cpu": 100, "memory": 64 * 1024 * 1024 * 1000}  # the smallest change worth making, where none is given


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A next size, or why there is none; *stuck*: a resize that was asked for is not to be had."""

    size: Size | None
    why: str = ""
    stuck: bool = False


def up(asked: Vertical, seen: Observation, now: Size, resource: str, wish: Fraction) -> Growth:
    """The size at which the replicas that are there would do what *wish* times as many are wished for."""
    if not asked.acts:
        return Growth(size=None, why="vertical is off" if asked.mode == "Off" else f"vertical.mode is {asked.mode}")
    if asked.mode == "InPlace" and not seen.resizable:
        return Growth(size=None, why="the API has no pods/resize")
    if UP in seen.refused:
        return Growth(size=None, why=seen.refused[UP], stuck=True)
    if stuck := _stuck(seen):
        return Growth(size=None, why=stuck, stuck=True)
    grown: dict[str, dict[str, int]] = {}
    left = seen.headroom.get(resource)
    why = f"no container may grow in {resource}"
    for bounds, amount in _moving(asked, now, resource):
        most, step = bounds.most[resource], _step(bounds, resource, pinned=seen.pinned)
        if amount >= most:
            why = f"{bounds.container} is at maxAllowed {resource} {sizes.shown(resource, most)}"
            continue
        next_ = min(_rounded_up(amount, amount * wish, step), most)
        if left is not None and next_ - amount > left:
            next_ = amount + left // step * step
            if next_ <= amount:
                why = f"nodes have {resource} {sizes.shown(resource, max(0, left))} left, a step needs " + sizes.shown(
                    resource, min(step, most - amount)
                )
                continue
        if left is not None:
            left -= next_ - amount
        grown[bounds.container] = {resource: next_}
    return Growth(size=sizes.over(now, grown)) if grown else Growth(size=None, why=why)


def down(asked: Vertical, seen: Observation, now: Size, base: Size, resource: str, wish: Fraction) -> Size | None:
    """The smallest size, not below *base*, at which the replicas that are there do what *wish* of them do now.

    None when that is less than a step away.
    """
    shrunk: dict[str, dict[str, int]] = {}
    for bounds, amount in _moving(asked, now, resource):
        floor = min(base.get(bounds.container, {}).get(resource, amount), amount)
        step = _step(bounds, resource, pinned=seen.pinned)
        next_ = max(floor, _rounded_up(floor, amount * wish, step))
        if next_ == floor < amount or amount - next_ >= step:
            shrunk[bounds.container] = {resource: next_}
    return sizes.over(now, shrunk) if shrunk else None


def moves(asked: Vertical, now: Size, resource: str) -> bool:
    """Whether any container may still change in that resource."""
    return asked.acts and any(True for _ in _moving(asked, now, resource))


def top(asked: Vertical, base: Size, resource: str) -> Fraction:
    """How many times *base* the pods may become."""
    most = {bounds.container: {resource: bounds.most[resource]} for bounds, _ in _moving(asked, base, resource)}
    return max(Fraction(1), sizes.factor(sizes.over(base, most), base, resource))


def is_moving(seen: Observation) -> str:
    """What still waits for a resize that was asked for, '' when nothing does."""
    waiting = [
        pod.name
        for pod in seen.pods
        if pod.place == HOME and not pod.deleting and pod.resize in ("Deferred", "InProgress")
    ]
    return f"{waiting[0]} has not finished its resize" if waiting else ""


def _stuck(seen: Observation) -> str:
    for pod in seen.pods:
        if pod.place != HOME or pod.deleting:
            continue
        if pod.resize in ("Infeasible", "Error"):
            return f"resize of {pod.name}: {pod.resize}"
        if pod.resize == "Deferred" and seen.now_s - pod.resize_since_s >= DEFERRED_S:
            return f"resize of {pod.name}: Deferred for {seen.now_s - pod.resize_since_s:.0f} s"
    return ""


def _moving(asked: Vertical, now: Size, resource: str) -> Iterator[tuple[Bounds, int]]:
    """The containers that may change in *resource*, with what they ask for now."""
    for bounds in asked.containers:
        amount = now.get(bounds.container, {}).get(resource, 0)
        if amount > 0 and resource in bounds.most:
            yield bounds, amount


def _step(bounds: Bounds, resource: str, *, pinned: bool) -> int:
    step = bounds.step.get(resource) or _STEPS.get(resource, 1)
    return -(-step // WHOLE_CPU) * WHOLE_CPU if pinned and resource == "cpu" else step


def _rounded_up(start: int, wanted: Fraction, step: int) -> int:
    """The first of start, start ± step, … that is at least *wanted*."""
    missing = wanted - start
    return start + -(-missing.numerator // (missing.denominator * step)) * step
