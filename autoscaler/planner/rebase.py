"""Joint hysteresis: after a vertical step all numbers are read against the new size.

Raising requests lowers utilisation at once, so a plain horizontal rule takes the replicas away again that were just
made bigger (GEP-22 names it the trap of all two-axis autoscalers). So after a step the targets of metrics that know
nothing of requests grow with the pods, and the wishes that the windows remember are told in pods of the new size:
twice the size, half the replicas.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from autoscaler.planner.history import History, Recommendation
from autoscaler.planner.observation import Observation
from autoscaler.planner.spec import Metric


def metrics(asked: tuple[Metric, ...], growth: Fraction, seen: Observation) -> tuple[Metric, ...]:
    """Targets for pods of the present size, where those at home are *growth* times the size that targets are for.

    Percent of the request follows by itself; `Value` is no amount for each pod.
    """
    if growth == 1:
        return asked
    beyond = sum(seen.beyond.values())
    mean = (growth * seen.home + beyond) / (seen.home + beyond) if seen.home + beyond else growth
    return tuple(
        replace(metric, target=replace(metric.target, amount=max(1, round(metric.target.amount * mean))))
        if metric.target.kind == "AverageValue"
        else metric
        for metric in asked
    )


def history(known: History, growth: Fraction) -> History:
    """The wishes that windows remember, in pods *growth* times as big as those they were told in."""
    if growth == 1:
        return known
    wishes = tuple(Recommendation(_ceil(each.replicas / growth), each.at_s) for each in known.recommendations)
    return replace(known, recommendations=wishes)


def _ceil(number: Fraction) -> int:
    return -(-number.numerator // number.denominator)
