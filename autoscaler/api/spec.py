"""From an object to what the planner plans with: `read(manifest)`.

All that is wrong with it is said at once, each with its path and value. What the planner has no use for, such as where
a metric comes from or which Secret opens another cluster, stays in the resource beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from autoscaler.api.errors import ObjectError
from autoscaler.api.v1alpha1 import ladder, metrics, scaling
from autoscaler.api.v1alpha1.resource import EdgeAutoscaler
from autoscaler.api.v1alpha1.spec import CPU_80
from autoscaler.api.v1alpha1.spec import Spec as SpecSaid
from autoscaler.planner import spec as planner
from policies.engine.problems import problems
from policies.model.quantity import exact, milli


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What no object says, because it is the controller's to set."""

    tolerance: float = planner.TOLERANCE
    cpu_initialization_s: float = planner.CPU_INITIALIZATION_S
    initial_readiness_s: float = planner.INITIAL_READINESS_S
    scale_to_zero: bool = True
    plausibility: planner.Plausibility = field(default_factory=planner.Plausibility)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One EdgeAutoscaler: as it was written, and as the planner wants it. `metrics` has one entry for each of its."""

    resource: EdgeAutoscaler
    metrics: tuple[metrics.MetricSpec, ...]
    spec: planner.Spec

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.resource.metadata.namespace, self.resource.metadata.name


def read(manifest: Mapping[str, Any], *, source: str = "", defaults: Defaults | None = None) -> Asked:
    """The object that a manifest is. ObjectError with all problems; *source* is what they call it, else its name."""
    try:
        resource = EdgeAutoscaler.model_validate(manifest)
    except ValidationError as error:
        told = problems(error, source=source or _called(manifest), model=EdgeAutoscaler)
        raise ObjectError(told) from error
    measured = resource.spec.metrics or (CPU_80,)
    return Asked(resource=resource, metrics=measured, spec=_planned(resource.spec, measured, defaults or Defaults()))


def _called(manifest: Any) -> str:
    metadata = manifest.get("metadata") if isinstance(manifest, Mapping) else None
    if not isinstance(metadata, Mapping):
        return "EdgeAutoscaler"
    return "/".join(str(metadata[key]) for key in ("namespace", "name") if metadata.get(key)) or "EdgeAutoscaler"


def _planned(said: SpecSaid, measured: tuple[metrics.MetricSpec, ...], defaults: Defaults) -> planner.Spec:
    over = said.over_edge
    return planner.Spec(
        horizontal=_horizontal(said, measured, defaults),
        vertical=planner.Vertical(mode=said.vertical.mode, containers=tuple(map(_bounds, said.vertical.containers))),
        over_edge=planner.OverEdge()
        if over is None
        else planner.OverEdge(places=over.places, max_replicas=over.max_replicas, dwell_s=float(over.dwell_seconds)),
        forecast=planner.Forecast(mode=said.forecast.mode, horizon_s=float(said.forecast.horizon_seconds)),
        plausibility=defaults.plausibility,
        paused=said.paused,
    )


def _horizontal(said: SpecSaid, measured: tuple[metrics.MetricSpec, ...], defaults: Defaults) -> planner.Horizontal:
    classic = said.rules == "Classic"
    return planner.Horizontal(
        min_replicas=said.min_replicas,
        max_replicas=said.max_replicas,
        metrics=tuple(map(_metric, measured)),
        up=None if classic else _rules(said.scale_out, planner.UP_DEFAULT),
        down=None if classic else _rules(said.scale_in, planner.DOWN_DEFAULT),
        tolerance=defaults.tolerance,
        down_window_s=float(said.scale_in.stabilization_window_seconds),
        cpu_initialization_s=defaults.cpu_initialization_s,
        initial_readiness_s=defaults.initial_readiness_s,
        scale_to_zero=defaults.scale_to_zero,
        out_period_s=float(said.scale_out.period_seconds),
        in_period_s=float(said.scale_in.period_seconds),
    )


def _rules(said: scaling.ScaleOut | scaling.ScaleIn, default: planner.Rules) -> planner.Rules:
    return planner.Rules(
        select=said.select_policy,
        window_s=float(said.stabilization_window_seconds),
        policies=default.policies
        if said.policies is None
        else tuple(
            planner.Policy(kind=each.type, value=each.value, period_s=float(each.period_seconds))
            for each in said.policies
        ),
        tolerance=None if said.tolerance is None else float(exact(said.tolerance)),
    )


def _metric(said: metrics.MetricSpec) -> planner.Metric:
    match said:
        case metrics.MetricSpec(resource=metrics.ResourceSource() as it):
            return planner.Metric(kind="Resource", name=it.name, target=_average(it.target))
        case metrics.MetricSpec(container_resource=metrics.ContainerResourceSource() as it):
            target = _average(it.target)
            return planner.Metric(kind="ContainerResource", name=it.name, container=it.container, target=target)
        case metrics.MetricSpec(pods=metrics.PodsSource() as it):
            return planner.Metric(kind="Pods", name=it.metric.name, target=_average(it.target))
        case metrics.MetricSpec(object=metrics.ObjectSource() as it):
            target = _average(it.target) if it.target.type == "AverageValue" else _total(it.target)
            return planner.Metric(kind="Object", name=it.metric.name, target=target)
        case metrics.MetricSpec(external=metrics.ExternalSource() as it):
            return planner.Metric(kind="External", name=it.metric.name, target=_total(it.target))
        case metrics.MetricSpec(prometheus=metrics.PrometheusSource() as it):
            return planner.Metric(kind="Prometheus", name=it.query, target=_total(it.target))
    raise AssertionError(f"a metric without a source: {said.type}")  # MetricSpec's rules have seen to it


def _average(target: metrics.Target) -> planner.Target:
    if target.average_value is not None:  # before averageUtilization, rule 21
        return planner.Target(kind="AverageValue", amount=milli(target.average_value))
    return planner.Target(kind="Utilization", amount=target.average_utilization or 0)


def _total(target: metrics.Target) -> planner.Target:
    if target.value is not None:
        return planner.Target(kind="Value", amount=milli(target.value))
    return _average(target)


def _bounds(said: ladder.ContainerBounds) -> planner.Bounds:
    return planner.Bounds(
        container=said.name,
        least=said.min_allowed.milli,
        most=said.max_allowed.milli,
        step=said.step.milli,
    )
