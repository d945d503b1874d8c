"""Vectors of kind `controller`: one whole pass of the horizontal autoscaler, with what its fixtures inject.

Records that say nothing of the gate HPAScaleToZero are of releases before 1.36, where a workload without replicas and
with `minReplicas: 0` was simply computed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autoscaler.decide.calculators import NOW_S, ready, start_s, tolerances
from autoscaler.decide.fields import Fields
from autoscaler.decide.limiting import recommendations, rules
from autoscaler.planner.decision import Condition
from autoscaler.planner.history import History
from autoscaler.planner.hpa.integers import saturated_sum
from autoscaler.planner.hpa.proposals import REASONS
from autoscaler.planner.hpa.reconcile import Outcome, reconcile, rescaled
from autoscaler.planner.hpa.tolerance import Tolerance
from autoscaler.planner.observation import (
    ContainerSeen,
    Observation,
    PodSeen,
    PodValues,
    Reading,
    Sample,
    Total,
    Unavailable,
)
from autoscaler.planner.spec import DOWN_DEFAULT, UP_DEFAULT, Horizontal, Metric, MetricKind, Target

Answer = dict[str, Any]

GATE = "gate_scale_to_zero"
_WINDOW_S = 60.0
_PLAIN_REQUEST = 1000
_DEFAULT_PERCENT = 80  # API default where no metric is given
_KINDS: dict[str, MetricKind] = {"Pods": "Pods", "Object": "Object", "External": "External"}
_OTHERS = ("ambiguous", "overlap", "multiple", "another", "other", "hpa")  # words for: others select the same pods
_ZERO = "ScaledToZero"


def controller(fields: Fields) -> Answer:
    """Replicas after the pass, whether metrics were computed, and all conditions."""
    current = fields.whole("current_replicas")
    injected = fields.text("inject", "")
    if "scale" in injected and "update" not in injected:
        return _answer(current, {"AbleToScale": "False/FailedGetScale"}, computed=False)
    asked, seen = _asked(fields), _seen(fields, injected)
    known = recommendations(fields)
    history = History(recommendations=known, started=fields.is_list("recommendations"))
    outcome = reconcile(asked, seen, history, current=current)
    computed = outcome.computed or (bool(outcome.metrics) and not seen.selector)
    conditions, replicas = _after(fields, asked, outcome, current, injected)
    shown = {each.type: f"{each.status}/{each.reason}" for each in conditions}
    if fields.has("scaled_to_zero_initial") and not (outcome.drops_scaled_to_zero or replicas != current):
        shown.setdefault(_ZERO, "True/ScaledToZero" if seen.scaled_to_zero else "False/NotScaledToZero")
    return _answer(replicas, shown, computed=computed)


def _after(
    fields: Fields, asked: Horizontal, outcome: Outcome, current: int, injected: str
) -> tuple[tuple[Condition, ...], int]:
    """The conditions and replicas when the scale was, or could not be, written."""
    if outcome.desired == current:
        return outcome.conditions, current
    if "update" in injected and "conflict" not in injected:  # a conflict is written again
        failed = Condition(type="AbleToScale", status="False", reason="FailedUpdateScale", message=injected)
        others = (each for each in outcome.conditions if each.type != failed.type)
        return (failed, *others), current
    made = rescaled(outcome.conditions, asked, current=current, desired=outcome.desired)
    if not fields.has(GATE):  # there was no such condition yet
        made = tuple(each for each in made if each.type != _ZERO)
    return made, outcome.desired


def _answer(replicas: int, conditions: dict[str, str], *, computed: bool) -> Answer:
    answer: Answer = {"replicas": replicas, "metric_computed": computed, "conditions": conditions}
    if _ZERO not in conditions:
        answer["conditions_absent"] = [_ZERO]
    return answer


def _asked(fields: Fields) -> Horizontal:
    tolerance = tolerances(fields)
    up, down = rules(fields, "scale_up"), rules(fields, "scale_down")
    if up is not None or down is not None:
        up, down = up or UP_DEFAULT, down or DOWN_DEFAULT
    asked = Horizontal(
        min_replicas=fields.whole("min", 1),
        max_replicas=fields.whole("max"),
        metrics=_metrics(fields),
        up=up,
        down=down,
        down_window_s=fields.number("downscale_stabilization_s", 300.0),
        cpu_initialization_s=fields.number("cpu_initialization_period_s", 300.0),
        initial_readiness_s=fields.number("delay_of_initial_readiness_status_s", 30.0),
        scale_to_zero=fields.flag(GATE, True),
        always_from_zero=not fields.has(GATE),
    )
    return _with_tolerances(asked, tolerance)


def _with_tolerances(asked: Horizontal, tolerance: Tolerance) -> Horizontal:
    """One for both directions is the controller's; two of them were in `behavior`, which is there then."""
    if tolerance.down == tolerance.up:
        return replace(asked, tolerance=tolerance.up)
    up, down = asked.up or UP_DEFAULT, asked.down or DOWN_DEFAULT
    return replace(asked, up=replace(up, tolerance=tolerance.up), down=replace(down, tolerance=tolerance.down))


def _metrics(fields: Fields) -> tuple[Metric, ...]:
    percent = fields.whole("cpu_target_percent", 0)
    told = fields.parts("metrics")
    found = [_cpu(percent)] if percent > 0 else []
    found += [_metric(each, n) for n, each in enumerate(told)]
    return tuple(found) or (_cpu(_DEFAULT_PERCENT),)


def _cpu(percent: int) -> Metric:
    return Metric(kind="Resource", name="cpu", target=Target(kind="Utilization", amount=percent))


def _metric(fields: Fields, number: int) -> Metric:
    """A metric of a type that nobody knows is asked for, too: it has no answer, and is no reason to leave zero."""
    if "Resource" in (name := fields.text("type")):
        raise fields.wrong("type", "none of a resource (`cpu_target_percent` is)")
    kind = _KINDS.get(name, "Pods")
    if fields.has("average_value_milli"):
        target = Target(kind="AverageValue", amount=fields.whole("average_value_milli"))
    else:
        target = Target(kind="Value", amount=fields.whole("value_milli", 1))
    return Metric(kind=kind, name=f"metric-{number}", target=target)


def _seen(fields: Fields, injected: str) -> Observation:
    pods, levels = _pods(fields), fields.wholes("levels_milli")
    percent = fields.whole("cpu_target_percent", 0)
    told = fields.parts("metrics")
    readings: list[Reading] = []
    if percent > 0 or not told:
        readings.append(_cpu_reading(levels, injected))
    readings += [_reading(each, levels, injected) for each in told]
    selector = fields.text("selector", "")
    ambiguous = any(word in f"{selector} {injected}".lower() for word in _OTHERS)
    return Observation(
        now_s=NOW_S,
        home=fields.whole("current_replicas"),
        status_replicas=fields.whole("status_replicas", fields.whole("current_replicas")),
        pods=pods,
        readings=tuple(readings),
        selector="AmbiguousSelector" if ambiguous else "" if selector == "ok" else "InvalidSelector",
        selector_message=selector,
        scaled_to_zero=fields.flag("scaled_to_zero_initial", False),
    )


def _pods(fields: Fields) -> tuple[PodSeen, ...]:
    given = fields.has("pod_requests_milli")
    asked = fields.wholes("pod_requests_milli") if given else []
    count = len(asked) if given else fields.whole("status_replicas", 0)
    started = [Fields({"start": word}, f"pod_start[{n}]") for n, word in enumerate(fields.items("pod_start"))]
    readiness = [Fields({"ready": word}, f"pod_ready[{n}]") for n, word in enumerate(fields.items("pod_ready"))]
    phases, deleting = fields.items("pod_phase"), fields.items("pod_deleting")
    for name, told in (
        ("pod_start", started),
        ("pod_ready", readiness),
        ("pod_phase", phases),
        ("pod_deleting", deleting),
    ):
        if told and len(told) < count:
            raise fields.wrong(name, f"a list with one entry for each of {count} pods")
    pods = []
    for n in range(count):
        since_s = start_s(started[n], "start") if started else start_s(Fields({}), "start")
        half = (asked[n] if given else _PLAIN_REQUEST) // 2
        pods.append(
            PodSeen(
                name=f"test-pod-{n}",
                phase=str(phases[n]) if phases else "Running",
                ready=ready(readiness[n], "ready") if readiness else "True",
                ready_since_s=since_s,
                start_s=since_s,
                deleting=bool(deleting[n]) if deleting else False,
                containers=tuple(ContainerSeen(name=f"container{i}", requests={"cpu": half}) for i in (1, 2)),
            )
        )
    return tuple(pods)


def _cpu_reading(levels: list[int], injected: str) -> Reading:
    if injected.startswith("metric"):
        return Unavailable(reason=REASONS["Resource"], message=injected)
    halves = {
        f"test-pod-{n}": Sample(
            by_container={"container1": milli // 2, "container2": milli // 2}, timestamp_s=NOW_S, window_s=_WINDOW_S
        )
        for n, milli in enumerate(levels)
    }
    return PodValues(samples=halves)


def _reading(fields: Fields, levels: list[int], injected: str) -> Reading:
    kind = fields.text("type")
    if kind not in _KINDS:
        return Unavailable(reason="InvalidMetricSourceType", message=f"unknown metric source type {kind!r}")
    if injected.startswith("metric") or (injected.startswith("external") and kind == "External"):
        return Unavailable(reason=REASONS[_KINDS[kind]], message=injected)
    if kind == "Pods":
        return PodValues(
            samples={
                f"test-pod-{n}": Sample(by_container={"": milli}, timestamp_s=NOW_S, window_s=_WINDOW_S)
                for n, milli in enumerate(levels)
            }
        )
    if not levels:
        return Unavailable(reason=REASONS[_KINDS[kind]], message="no metrics returned")
    return Total(milli=saturated_sum(levels) if kind == "External" else levels[0], timestamp_s=NOW_S)
