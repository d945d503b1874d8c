"""Rules 18–29: proposals from a number for each pod, as a percentage of its request or as an average.

The ratio is taken after its parts were truncated to whole percent or thousandths. Pods without a number are filled in
against the direction: as busy on the way in, as idle on the way out; and a proposal that only the filled-in numbers
make is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from autoscaler.planner.hpa.errors import MetricError
from autoscaler.planner.hpa.integers import replicas, trunc_div
from autoscaler.planner.hpa.pods import Groups, grouped
from autoscaler.planner.hpa.requests import requests
from autoscaler.planner.hpa.tolerance import Tolerance
from autoscaler.planner.observation import PodSeen, Sample
from autoscaler.planner.spec import Horizontal

Values = dict[str, int]
_Ratio = Callable[[Values], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Replicas, with what the status reports: the first numbers, before anything was filled in (rule 29)."""

    replicas: int
    milli: int  # average, or the total
    utilization: int | None = None
    exact: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The pods and samples of one metric, and what the proposal starts from."""

    pods: Sequence[PodSeen]
    samples: Mapping[str, Sample]
    current: int
    asked: Horizontal
    tolerance: Tolerance
    now_s: float

    def groups(self, samples: Mapping[str, Sample], *, is_cpu: bool) -> Groups:
        """Rules 13–17."""
        if not self.pods:
            raise MetricError("no pods returned by selector while calculating replica count")
        return grouped(
            self.pods,
            samples,
            is_cpu=is_cpu,
            now_s=self.now_s,
            initialization_s=self.asked.cpu_initialization_s,
            readiness_s=self.asked.initial_readiness_s,
        )


def resource_values(samples: Mapping[str, Sample], container: str) -> tuple[Values, dict[str, Sample]]:
    """Rule 11: a pod's number is the sum over its containers; one that lacks any has none."""
    values: Values = {}
    kept: dict[str, Sample] = {}
    for name, sample in samples.items():
        told = sample.by_container
        parts = [told.get(container)] if container else list(told.values())
        known = [part for part in parts if part is not None]
        if known and len(known) == len(parts):
            values[name] = sum(known)
            kept[name] = sample
    return values, kept


def utilization(seen: Seen, resource: str, container: str, target: int) -> Proposed:
    """Rules 19–21, 24–28: percent of the request."""
    values, samples = resource_values(seen.samples, container)
    groups = seen.groups(samples, is_cpu=resource == "cpu")
    _drop(values, groups)
    asked = requests(seen.pods, resource, container)
    percent, milli, counted, exact = _percent(values, asked, target)
    busy = {name: trunc_div(asked[name] * max(100, target), 100) for name in groups.missing}

    def again(filled: Values) -> float:
        return _percent(filled, asked, target)[0] / target

    count = _proposal(seen, groups, values, percent / target, busy, again)
    return Proposed(replicas=count, milli=milli, utilization=percent, exact=None if groups.missing else exact * counted)


def average(seen: Seen, values: Values, samples: Mapping[str, Sample], target: int, *, is_cpu: bool) -> Proposed:
    """Rules 22, 24–28: an average of thousandths. Pods that no selector knows count in it."""
    values = dict(values)
    groups = seen.groups(samples, is_cpu=is_cpu)
    _drop(values, groups)

    def ratio(filled: Values) -> float:
        return trunc_div(sum(filled.values()), len(filled)) / float(target)

    milli = trunc_div(sum(values.values()), len(values))
    busy = dict.fromkeys(groups.missing, target)
    count = _proposal(seen, groups, values, milli / float(target), busy, ratio)
    exact = None if groups.missing else sum(values.values()) / target
    return Proposed(replicas=count, milli=milli, exact=exact)


def _drop(values: Values, groups: Groups) -> None:
    for name in (*groups.ignored, *groups.unready):
        values.pop(name, None)
    if not values:
        raise MetricError("did not receive metrics for targeted pods (pods might be unready)")


def _percent(values: Values, asked: Mapping[str, int], target: int) -> tuple[int, int, int, float]:
    """Percent and average, truncated; how many pods have both numbers; and the ratio as it truly is."""
    used = wanted = counted = 0
    for name, value in values.items():
        if (request := asked.get(name)) is not None:
            used += value
            wanted += request
            counted += 1
    if wanted == 0:
        raise MetricError("no metrics returned matched known pods")
    return trunc_div(used * 100, wanted), trunc_div(used, counted), counted, used * 100 / wanted / target


def _proposal(seen: Seen, groups: Groups, values: Values, ratio: float, busy: Mapping[str, int], again: _Ratio) -> int:
    """Rules 24–28."""
    waits_for_unready = bool(groups.unready) and ratio > 1.0
    if not waits_for_unready and not groups.missing:
        return seen.current if ratio in seen.tolerance else replicas(ratio * groups.ready)
    filled = dict(values)
    if ratio < 1.0:
        filled.update(busy)
    elif ratio > 1.0:
        filled.update(dict.fromkeys(groups.missing, 0))
    if waits_for_unready:
        filled.update(dict.fromkeys(groups.unready, 0))
    after = again(filled)
    if after in seen.tolerance or (ratio < 1.0) != (after < 1.0):  # a ratio of 1 was not filled in, and is still near
        return seen.current
    count = replicas(after * len(filled))
    return min(count, seen.current) if after < 1.0 else max(count, seen.current)
