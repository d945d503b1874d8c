"""Rules 30–32: proposals from one number: an object's, an external metric's or a query's."""

from __future__ import annotations

from math import ceil

from autoscaler.planner.hpa.errors import MetricError
from autoscaler.planner.hpa.integers import MAX_INT64, replicas
from autoscaler.planner.hpa.per_pod import Proposed, Seen
from autoscaler.planner.hpa.pods import ready_running


def value(seen: Seen, usage: int, target: int) -> Proposed:
    """Rule 30: the whole beside its target, times the ready pods; from zero the ratio alone, without tolerance."""
    ratio = float(usage) / float(target)
    if seen.current == 0:
        return Proposed(replicas=replicas(ratio), milli=usage, exact=ratio)
    if ratio in seen.tolerance:
        return Proposed(replicas=seen.current, milli=usage, exact=ratio * ready_running(seen.pods))
    if not seen.pods:
        raise MetricError(
            "unable to calculate ready pods: no pods returned by selector while calculating replica count"
        )
    exact = ratio * ready_running(seen.pods)
    return Proposed(replicas=replicas(exact), milli=usage, exact=exact)


def average_value(seen: Seen, usage: int, target: int, status_replicas: int) -> Proposed:
    """Rule 31: so much for each pod; starts from the replicas that there are, not from those asked for."""
    count = status_replicas
    asked = float(target) * status_replicas
    # Go divides by zero: no replicas and no usage is NaN, which no tolerance holds, as infinity
    ratio = float(usage) / asked if asked else float("nan")
    if ratio not in seen.tolerance:
        count = replicas(float(usage) / float(target))
    mean = ceil(float(usage) / status_replicas) if status_replicas else 0
    full = float(usage) >= float(MAX_INT64)
    return Proposed(replicas=count, milli=MAX_INT64 if full else mean, exact=usage / target)
