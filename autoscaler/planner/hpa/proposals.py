"""Rules 33–36: each metric's proposal, and the one that counts: the largest, unless a missing one forbids to go in."""

from __future__ import annotations

from dataclasses import dataclass

from autoscaler.planner.decision import MetricStatus
from autoscaler.planner.hpa import per_pod, totals
from autoscaler.planner.hpa.errors import MetricError
from autoscaler.planner.hpa.per_pod import Proposed, Seen
from autoscaler.planner.hpa.tolerance import tolerance
from autoscaler.planner.observation import Observation, PodValues, Reading, Total, Unavailable
from autoscaler.planner.spec import Horizontal, Metric

REASONS = {
    "Resource": "FailedGetResourceMetric",
    "ContainerResource": "FailedGetContainerResourceMetric",
    "Pods": "FailedGetPodsMetric",
    "Object": "FailedGetObjectMetric",
    "External": "FailedGetExternalMetric",
    "Prometheus": "FailedGetPrometheusMetric",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """What all metrics propose together. `replicas` None: hold, for the first one's that failed."""

    replicas: int | None
    metric: str  # the one that counts, as events name it
    statuses: tuple[MetricStatus, ...]
    reason: str = ""
    problem: str = ""


def combined(asked: Horizontal, seen: Observation, *, current: int) -> Combined:
    """The largest proposal; None where all metrics failed, or one failed and the rest would go in."""
    statuses: list[MetricStatus] = []
    best, best_name = 0, ""
    first: MetricStatus | None = None
    failed = 0
    base = Seen(pods=seen.pods, samples={}, current=current, asked=asked, tolerance=tolerance(asked), now_s=seen.now_s)
    for metric, reading in zip(asked.metrics, seen.readings, strict=True):
        status = _status(metric, reading, base, seen.status_replicas)
        statuses.append(status)
        if status.replicas is None:
            failed += 1
            first = first or status
        elif best == 0 or status.replicas > best:
            best, best_name = status.replicas, named(metric)
    if first is not None and (failed == len(statuses) or best < current):
        return Combined(replicas=None, metric="", statuses=tuple(statuses), reason=first.reason, problem=first.problem)
    return Combined(replicas=best, metric=best_name, statuses=tuple(statuses))


def named(metric: Metric) -> str:
    """A metric in the words of an HPA's events."""
    if metric.target.kind == "Utilization":
        return f"{metric.label} utilization (percentage of request)"
    return metric.label


def _status(metric: Metric, reading: Reading, base: Seen, status_replicas: int) -> MetricStatus:
    if isinstance(reading, Unavailable):
        problem = f"failed to get {_what(metric)}: {reading.message}"
        return MetricStatus(label=metric.label, replicas=None, problem=problem, reason=reading.reason)
    try:
        proposed = _proposed(metric, reading, base, status_replicas)
    except MetricError as error:
        return MetricStatus(label=metric.label, replicas=None, problem=str(error), reason=REASONS[metric.kind])
    return MetricStatus(
        label=metric.label,
        replicas=proposed.replicas,
        exact=proposed.exact,
        utilization=proposed.utilization,
        milli=proposed.milli,
    )


def _proposed(metric: Metric, reading: PodValues | Total, base: Seen, status_replicas: int) -> Proposed:
    target = metric.target
    if isinstance(reading, Total):
        if metric.kind not in ("Object", "External", "Prometheus"):
            raise MetricError(f"{metric.label}: wanted a number for each pod, got one in all")
        if target.kind == "AverageValue":
            return totals.average_value(base, reading.milli, target.amount, status_replicas)
        return totals.value(base, reading.milli, target.amount)
    seen = Seen(
        pods=base.pods,
        samples=reading.samples,
        current=base.current,
        asked=base.asked,
        tolerance=base.tolerance,
        now_s=base.now_s,
    )
    match metric.kind:
        case "Resource" | "ContainerResource":
            return _of_resource(metric, seen)
        case "Pods":
            return _of_pods(metric, seen)
        case kind:
            raise MetricError(f"{metric.label}: wanted one number of {kind}, got one for each pod")


def _of_resource(metric: Metric, seen: Seen) -> Proposed:
    name = metric.name
    if not seen.samples:
        nothing = f"unable to get metrics for resource {name}: no metrics returned from resource metrics API"
        raise MetricError(f"failed to get {_what(metric)}: {nothing}")
    try:
        if metric.target.kind == "Utilization":
            return per_pod.utilization(seen, name, metric.container, metric.target.amount)
        values, samples = per_pod.resource_values(seen.samples, metric.container)
        return per_pod.average(seen, values, samples, metric.target.amount, is_cpu=name == "cpu")
    except MetricError as error:
        raise MetricError(f"failed to get {_what(metric)}: {error}") from error


def _of_pods(metric: Metric, seen: Seen) -> Proposed:
    if not seen.samples:
        raise MetricError(f"unable to get metric {metric.name}: no metrics returned from custom metrics API")
    values = {name: sum(part or 0 for part in sample.by_container.values()) for name, sample in seen.samples.items()}
    return per_pod.average(seen, values, seen.samples, metric.target.amount, is_cpu=False)


def _what(metric: Metric) -> str:
    if metric.kind in ("Resource", "ContainerResource"):
        return f"{metric.name} {'utilization' if metric.target.kind == 'Utilization' else 'usage'}"
    return metric.label
