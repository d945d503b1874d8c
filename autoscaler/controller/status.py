"""The status of an EdgeAutoscaler as plain JSON, in the fields of `autoscaler.api.v1alpha1.status`.

Made by hand and not through the model: ten thousand are made in each pass, and only those that changed are written. The
tests read what is made here with the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autoscaler.api.v1alpha1.metrics import FIELDS
from autoscaler.api.v1alpha1.quantities import quantity
from autoscaler.controller.conditions import Said, time_text
from autoscaler.controller.subject import Subject
from autoscaler.planner.decision import Decision, MetricStatus
from autoscaler.planner.observation import Size
from autoscaler.planner.spec import Metric

STATUS_FIELDS = (
    "observedGeneration", "currentReplicas", "desiredReplicas", "homeReplicas", "beyondReplicas", "rung", "size",
    "targets", "currentMetrics", "conditions", "lastDecision", "lastScaleTime", "recommendation", "forecast",
    "selector", "checkpoint",
)  # fmt: skip
_KEPT = ("lastDecision", "lastScaleTime", "checkpoint")


def refused(before: Mapping[str, Any], conditions: Sequence[Said], *, generation: int) -> dict[str, Any]:
    """The status of one that cannot be decided on: what was, with what is wrong."""
    return {**before, "observedGeneration": generation, "conditions": list(conditions)}


def decided(
    before: Mapping[str, Any],
    conditions: Sequence[Said],
    subject: Subject,
    decision: Decision,
    *,
    now_s: float,
    is_made: bool,
) -> dict[str, Any]:
    """The status after a decision. *is_made*: its step was made, and is not only what would be done."""
    wanted = decision.wanted
    status: dict[str, Any] = {
        "observedGeneration": subject.generation,
        "currentReplicas": subject.status_replicas,
        "desiredReplicas": wanted.home + sum(wanted.beyond.values()),
        "homeReplicas": wanted.home,
        "rung": decision.rung,
        "targets": targets(subject.asked.spec.horizontal.metrics, decision.metrics),
        "currentMetrics": metrics(subject.asked.metrics, decision.metrics),
        "conditions": list(conditions),
        "selector": subject.scaled.selector_text,
        **{name: before[name] for name in _KEPT if name in before},
    }
    if beyond := {place: number for place, number in sorted(wanted.beyond.items()) if number}:
        status["beyondReplicas"] = beyond
    if wanted.size:
        status["size"] = amounts(wanted.size)
    if decision.recommendation:
        status["recommendation"] = amounts(decision.recommendation)
    if decision.forecast is not None:
        status["forecast"] = decision.forecast
    if decision.step is not None and is_made:
        step = decision.step
        status["lastDecision"] = {
            "time": time_text(now_s),
            "step": step.kind,
            "before": step.before,
            "after": step.after,
            "why": step.why,
            "wish": decision.wish,
            "desired": decision.desired,
        }
        if wanted.home + sum(wanted.beyond.values()) != subject.scaled.replicas + sum(subject.beyond.values()):
            status["lastScaleTime"] = time_text(now_s)
    return status


def amounts(size: Size) -> dict[str, dict[str, str]]:
    """Requests by container as quantities."""
    return {
        container: {resource: quantity(milli) for resource, milli in sorted(requests.items())}
        for container, requests in sorted(size.items())
    }


def targets(asked: Iterable[Metric], said: Iterable[MetricStatus]) -> str:
    """Each metric beside its target, as `kubectl get` shows it: `cpu: 83%/50%`."""
    return ", ".join(
        f"{metric.name}: {_now(metric, status)}/{_amount(metric)}" for metric, status in zip(asked, said, strict=False)
    )


def metrics(written: Iterable[Mapping[str, Any]], said: Iterable[MetricStatus]) -> list[dict[str, Any]]:
    """`currentMetrics`: of each metric that could be read which one it is, and what it says."""
    found = []
    for metric, status in zip(written, said, strict=False):
        field = FIELDS[metric["type"]]
        source = dict(metric[field])
        current = _current(source.pop("target"), status)
        if current:
            found.append({"type": metric["type"], field: {**source, "current": current}})
    return found


def _current(target: Mapping[str, Any], status: MetricStatus) -> dict[str, Any]:
    if status.problem or (status.milli is None and status.utilization is None):
        return {}
    if target.get("value") is not None and target.get("averageValue") is None:
        return {"value": quantity(status.milli or 0)}
    current: dict[str, Any] = {} if status.milli is None else {"averageValue": quantity(status.milli)}
    if status.utilization is not None:
        current["averageUtilization"] = status.utilization
    return current


def _now(metric: Metric, status: MetricStatus) -> str:
    if metric.target.kind == "Utilization":
        return "unknown" if status.utilization is None else f"{status.utilization}%"
    return "unknown" if status.milli is None else quantity(status.milli)


def _amount(metric: Metric) -> str:
    amount = metric.target.amount
    return f"{amount}%" if metric.target.kind == "Utilization" else quantity(amount)
