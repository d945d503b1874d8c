"""Conditions between two passes: when they changed last, and what of a change is worth an Event.

An Event is made when a condition turns, not while it stays, so a metrics API that is away for an hour is one Event, and
one again when it is back. What is compared with is the status that the API server keeps: a new leader does not say
again what the one before it said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from autoscaler.controller.refusal import Refusal
from autoscaler.planner.decision import Condition, Decision, Step
from kube.events import EventType

METRICS_AVAILABLE = "MetricsAvailable"
FOREIGN_PODS = "ForeignPods"
VALID = "Valid"
DRY_RUN = "DryRun"
FAILED_UPDATE = "FailedUpdateScale"  # HPA's reason for a write that did not come through
_SPEAKING = ("AbleToScale", "ScalingActive", METRICS_AVAILABLE, VALID)
# A failed step has an Event of its own, and a period holds most steps back for a while.
_QUIET = frozenset({FAILED_UPDATE, "BackoffUpscale", "BackoffDownscale"})
_CALM = frozenset({"Paused", "ScalingDisabled"})  # a person asked for it
_WELL_AGAIN = {METRICS_AVAILABLE: "all metrics are read again", VALID: "the specification can be read again"}
_MOST_NAMED = 3

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An Event to be."""

    reason: str
    message: str
    type: EventType


def of_metrics(decision: Decision) -> Condition | None:
    """Which metrics could not be read or are not believed; None when all were."""
    failing = [metric for metric in decision.metrics if metric.problem]
    if not failing:
        return None
    message = "; ".join(metric.problem for metric in failing)
    reason = failing[0].reason or "FailedGetMetric"
    return Condition(type=METRICS_AVAILABLE, status="False", reason=reason, message=message)


def of_foreign(names: Sequence[str], selector: str) -> Condition | None:
    """Pods with the labels that belong to somebody else; None when there are none."""
    if not names:
        return None
    shown = ", ".join(names[:_MOST_NAMED]) + ("" if len(names) <= _MOST_NAMED else " and others")
    message = f"{shown}: the selector {selector} selects {_pods(len(names))} of other owners, not counted"
    return Condition(type=FOREIGN_PODS, status="True", reason="OtherOwner", message=message)


def of_dry_run(step: Step | None) -> Condition:
    """What would be done, if it were done."""
    if step is None:
        return Condition(type=DRY_RUN, status="True", reason="NoChange", message="would change nothing")
    message = f"would go from {step.before} to {step.after}"
    return Condition(type=DRY_RUN, status="True", reason=f"Would{step.kind}", message=message)


def of_refusal(refusal: Refusal) -> Condition:
    """What keeps it from being decided on."""
    return Condition(type=refusal.type, status="False", reason=refusal.reason, message=refusal.message)


def merged(before: Iterable[Said], now: Iterable[Condition], *, now_s: float, generation: int) -> list[Said]:
    """The conditions as the status has them, by type; the time is that of the last change of `status`."""
    known = {each.get("type"): each for each in before}
    return [
        {
            "type": each.type,
            "status": each.status,
            "reason": each.reason,
            "message": each.message,
            "lastTransitionTime": _since(known.get(each.type), each) or time_text(now_s),
            "observedGeneration": generation,
        }
        for each in sorted(now, key=lambda condition: condition.type)
    ]


def turns(before: Iterable[Said], after: Iterable[Said]) -> Iterator[Told]:
    """The Events for what is otherwise than before."""
    then = {each.get("type"): each for each in before}
    now = {each.get("type"): each for each in after}
    for kind in _SPEAKING:
        # metrics that cannot be read have a condition of their own, whose Event says it
        if kind == "ScalingActive" and (_of_metrics(then) or _of_metrics(now)):
            continue
        yield from _turned(kind, then.get(kind), now.get(kind))
    was, is_ = then.get(FOREIGN_PODS), now.get(FOREIGN_PODS)
    if is_ and not was:
        yield Told(FOREIGN_PODS, is_["message"], "Warning")
    elif was and not is_:
        yield Told("NoForeignPods", "all pods that the selector selects are the workload's own", "Normal")


def time_text(at_s: float) -> str:
    """A Time of Kubernetes, which has whole seconds."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _turned(kind: str, was: Said | None, now: Said | None) -> Iterator[Told]:
    before = str(was.get("reason")) if was is not None and was.get("status") == "False" else ""
    if now is not None and now["status"] == "False":
        if now["reason"] not in (before, *_QUIET):
            yield Told(now["reason"], now["message"], "Normal" if now["reason"] in _CALM else "Warning")
    elif before and before not in _QUIET:
        if kind in _WELL_AGAIN:
            yield Told(kind, _WELL_AGAIN[kind], "Normal")
        elif now is not None:
            yield Told(now["reason"], now["message"], "Normal")


def _of_metrics(conditions: Mapping[object, Said]) -> bool:
    """Is scaling inactive because of metrics?"""
    metrics, active = conditions.get(METRICS_AVAILABLE), conditions.get("ScalingActive")
    return metrics is not None and active is not None and active.get("reason") == metrics.get("reason")


def _since(known: Said | None, now: Condition) -> str:
    return str(known.get("lastTransitionTime") or "") if known and known.get("status") == now.status else ""


def _pods(number: int) -> str:
    return "1 pod" if number == 1 else f"{number} pods"
