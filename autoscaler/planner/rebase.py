"""Joint hysteresis: after a vertical step all numbers are read against the new size.

Raising requests lowers utilisation at once, so a plain horizontal rule takes the replicas away again that were just
made bigger (GEP-22 names it the trap of all two-axis autoscalers). So after a step the targets of metrics that know
nothing of requests grow with the pods, and the wishes that the windows remember are told in pods of the new size:
twice the size, half the replicas.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from autoscaler.planner.history import History, Recommendation
from autoscaler.planner.observation import Observation
from autoscaler.planner.spec import Metric

Growth = Callable[[str], Fraction]


def metrics(asked: tuple[Metric, ...], growth: Growth, seen: Observation) -> tuple[Metric, ...]:
    """Targets for pods of the present size; *growth* says how many times the base those at home have of a resource.

    Percent of the request follows by itself; `Value` is no amount for each pod. What a pod does for its users grows
    with its CPU; what it uses of another resource with that one.
    """
    found = tuple(_rebased(metric, growth, seen) for metric in asked)
    return asked if found == asked else found


def _rebased(metric: Metric, growth: Growth, seen: Observation) -> Metric:
    if metric.target.kind != "AverageValue":
        return metric
    grown = growth(metric.name if metric.kind in ("Resource", "ContainerResource") else "cpu")
    if grown == 1:
        return metric
    beyond = sum(seen.beyond.values())
    mean = (grown * seen.home + beyond) / (seen.home + beyond) if seen.home + beyond else grown
    return replace(metric, target=replace(metric.target, amount=max(1, round(metric.target.amount * mean))))


def history(known: History, growth: Fraction) -> History:
    """The wishes that windows remember, in pods *growth* times as big as those they were told in."""
    if growth == 1:
        return known
    wishes = tuple(Recommendation(_ceil(each.replicas / growth), each.at_s) for each in known.recommendations)
    return replace(known, recommendations=wishes)


def _ceil(number: Fraction) -> int:
    return -(-number.numerator // number.denominator)
