"""Rules 3–9, 33–34: one pass of the horizontal autoscaler over one workload, without the writing."""

from __future__ import annotations

from dataclasses import dataclass

from autoscaler.planner.decision import Condition, MetricStatus
from autoscaler.planner.history import History
from autoscaler.planner.hpa import limits, windows
from autoscaler.planner.hpa.proposals import Combined, combined
from autoscaler.planner.observation import Observation
from autoscaler.planner.spec import DOWN_DEFAULT, UP_DEFAULT, Horizontal

_TOTALS = ("Object", "External", "Prometheus")  # what can be said of a workload without pods


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The replicas that should be, with the conditions as they are before anything is written."""

    proposal: int  # before windows and limits
    desired: int
    computed: bool  # from metrics
    reason: str  # rule 8's R
    metrics: tuple[MetricStatus, ...]
    conditions: tuple[Condition, ...]
    history: History
    drops_scaled_to_zero: bool = False  # gate off: a condition that is left from before goes


def reconcile(asked: Horizontal, seen: Observation, history: History, *, current: int, floor: int = 0) -> Outcome:
    """What should be where *current* replicas are; *floor* can only raise what metrics propose."""
    history = windows.initial(history, current, seen.now_s)
    got = _condition("AbleToScale", "SucceededGetScale", "the target's current scale is known")
    was_zero = asked.scale_to_zero and seen.scaled_to_zero
    has_totals = any(metric.kind in _TOTALS for metric in asked.metrics)
    if current == 0:
        leaves = asked.min_replicas == 0 if asked.always_from_zero else asked.min_replicas != 0 or has_totals
        if not (leaves and (was_zero or asked.always_from_zero)):
            disabled = _condition(
                "ScalingActive", "ScalingDisabled", "scaling is disabled since the target has no replicas", "False"
            )
            return Outcome(
                proposal=0,
                desired=0,
                computed=False,
                reason="",
                metrics=(),
                conditions=(got, disabled),
                history=history,
                drops_scaled_to_zero=not asked.scale_to_zero,
            )
    elif current > asked.max_replicas:
        return _bound(asked.max_replicas, "Current number of replicas above Spec.MaxReplicas", got, history)
    elif current < asked.min_replicas:
        return _bound(asked.min_replicas, "Current number of replicas below Spec.MinReplicas", got, history)
    if problem := _selector_problem(seen):
        return _held(current, (got, problem), history, ())
    metrics = combined(asked, seen, current=current)
    if metrics.replicas is None:
        failed = _condition(
            "ScalingActive", metrics.reason, f"no replica count could be computed: {metrics.problem}", "False"
        )
        return _held(current, (got, failed), history, metrics.statuses)
    return _normalized(asked, metrics, history, current=current, floor=floor, was_zero=was_zero, now_s=seen.now_s)


def rescaled(
    conditions: tuple[Condition, ...], asked: Horizontal, *, current: int, desired: int
) -> tuple[Condition, ...]:
    """The conditions after the change was written (rules 6 and 8)."""
    made = [_condition("AbleToScale", "SucceededRescale", f"the target's scale was set to {desired}")]
    if asked.scale_to_zero:
        has_totals = any(metric.kind in _TOTALS for metric in asked.metrics)
        to_zero = current > 0 and desired == 0 and asked.min_replicas == 0 and has_totals
        made.append(
            _condition("ScaledToZero", "ScaledToZero", "the workload was scaled to zero")
            if to_zero
            else _condition("ScaledToZero", "NotScaledToZero", "the workload was not scaled to zero", "False")
        )
    types = {each.type for each in made}
    return (*made, *(each for each in conditions if each.type not in types))


def _normalized(
    asked: Horizontal, metrics: Combined, history: History, *, current: int, floor: int, was_zero: bool, now_s: float
) -> Outcome:
    """Windows, then limits."""
    assert metrics.replicas is not None
    proposal = max(metrics.replicas, floor)
    least, most = asked.min_replicas, asked.max_replicas
    reason = ""
    if proposal > current:
        by = metrics.metric if proposal == metrics.replicas else "forecast"
        reason = f"{by} above target"
    elif proposal < current:
        reason = "All metrics below target"
    if asked.up is None and asked.down is None:
        stable = windows.by_window(asked, history, proposal, now_s)
        limit = limits.by_rule(stable.replicas, current=current, least=least, most=most)
    else:
        up, down = asked.up or UP_DEFAULT, asked.down or DOWN_DEFAULT
        stable = windows.by_behavior(asked, up, down, history, proposal, current=current, now_s=now_s)
        limit = limits.by_rate(up, down, history, stable.replicas, current=current, least=least, most=most, now_s=now_s)
    desired = limit.replicas
    if current == 0 and least and was_zero and desired < least:
        desired = least
        reason = reason or "Current number of replicas below Spec.MinReplicas"
    is_limited = limit.replicas != stable.replicas
    return Outcome(
        proposal=proposal,
        desired=desired,
        computed=True,
        reason=reason,
        metrics=metrics.statuses,
        conditions=(
            stable.condition,
            _condition("ScalingActive", "ValidMetricFound", f"a replica count was computed from {metrics.metric}"),
            _condition(
                "ScalingLimited", limit.reason, limits.MESSAGES[limit.reason], "True" if is_limited else "False"
            ),
        ),
        history=stable.history,
    )


def _bound(replicas: int, reason: str, got: Condition, history: History) -> Outcome:
    """Rule 5b, 5c: to the bound at once."""
    return Outcome(
        proposal=replicas,
        desired=replicas,
        computed=False,
        reason=reason,
        metrics=(),
        conditions=(got,),
        history=history,
    )


def _held(
    current: int, conditions: tuple[Condition, ...], history: History, metrics: tuple[MetricStatus, ...]
) -> Outcome:
    return Outcome(
        proposal=current,
        desired=current,
        computed=False,
        reason="",
        metrics=metrics,
        conditions=conditions,
        history=history,
    )


def _selector_problem(seen: Observation) -> Condition | None:
    if not seen.selector:
        return None
    return _condition("ScalingActive", seen.selector, seen.selector_message or "the selector cannot be used", "False")


def _condition(type_: str, reason: str, message: str, status: str = "True") -> Condition:
    assert status in ("True", "False")
    return Condition(type=type_, status="True" if status == "True" else "False", reason=reason, message=message)
