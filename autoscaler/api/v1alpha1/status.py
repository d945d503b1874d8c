"""`status` of an EdgeAutoscaler: what is so, why, and what has to be remembered across restarts.

It is made by field names and written as `Status(…).as_json()`. What an older or newer version left there is read as far
as it is understood: a controller must not stop at its own notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from autoscaler.api.v1alpha1.metrics import LabelSelector, MetricType
from autoscaler.api.v1alpha1.part import Count, Int32, Shown, Time
from autoscaler.api.v1alpha1.quantities import Measured, Quantity

Amounts = dict[str, Quantity]
BY_TYPE: dict[str, Any] = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}
Rung = Literal["Out", "Up", "OverEdge"]


class Identifier(Shown):
    """Which metric."""

    name: str
    """Its name."""
    selector: LabelSelector | None = None
    """Which of its series."""


class Described(Shown):
    """An object by kind and name."""

    api_version: str = ""
    """API group and version."""
    kind: str
    """Its kind."""
    name: str
    """Its name."""


class Current(Shown):
    """What a metric says now."""

    average_utilization: Int32 | None = None
    """Percent of the pods' requests."""
    average_value: Measured | None = None
    """The average over all pods."""
    value: Measured | None = None
    """The whole value."""


class ResourceStatus(Shown):
    """CPU or memory of the pods."""

    name: str
    """The resource."""
    current: Current
    """What it says now."""


class ContainerResourceStatus(ResourceStatus):
    """CPU or memory of one container."""

    container: str
    """The container."""


class PodsStatus(Shown):
    """A custom metric of each pod."""

    metric: Identifier
    """Which metric."""
    current: Current
    """What it says now."""


class ObjectStatus(PodsStatus):
    """A custom metric of one object."""

    described_object: Described
    """The object."""


class ExternalStatus(PodsStatus):
    """A metric of something outside the cluster."""


class PrometheusStatus(Shown):
    """What a query says."""

    query: str
    """The query."""
    current: Current
    """What it says now."""


class MetricStatus(Shown):
    """One metric, as in autoscaling/v2."""

    type: MetricType
    """Resource, ContainerResource, Pods, Object, External or Prometheus."""
    resource: ResourceStatus | None = None
    """CPU or memory of the pods."""
    container_resource: ContainerResourceStatus | None = None
    """CPU or memory of one container."""
    pods: PodsStatus | None = None
    """A custom metric of each pod."""
    object: ObjectStatus | None = None
    """A custom metric of one object."""
    external: ExternalStatus | None = None
    """A metric of something outside the cluster."""
    prometheus: PrometheusStatus | None = None
    """What a query says."""


class Condition(Shown):
    """One condition: AbleToScale, ScalingActive, ScalingLimited, ScaledToZero, with HPA's reasons; and ours."""

    type: str
    """Its name."""
    status: Literal["True", "False", "Unknown"]
    """True, False or Unknown."""
    reason: str = ""
    """Why, in one word."""
    message: str = ""
    """Why, in a sentence."""
    last_transition_time: Time | None = None
    """When its status changed last."""
    observed_generation: int | None = None
    """The generation of the object that it is about."""


class LastDecision(Shown):
    """The last step, with the numbers that it was decided by."""

    time: Time
    """When."""
    step: Literal["ScaleOut", "ScaleUp", "OverEdge", "ComeHome", "ScaleDown", "ScaleIn"]
    """ScaleOut, ScaleUp, OverEdge, ComeHome, ScaleDown or ScaleIn."""
    before: str
    """What there was."""
    after: str
    """What was asked for instead."""
    why: str
    """The reason in a sentence."""
    wish: Count | None = None
    """Replicas that the metrics proposed, before any limit."""
    desired: Count | None = None
    """Replicas after windows and rates, before the ladder."""


class Status(Shown):
    """What is so."""

    observed_generation: int | None = None
    """The generation of the object that this is about."""
    current_replicas: Count | None = None
    """Replicas that there are, at home and beyond."""
    desired_replicas: Count | None = None
    """Replicas that are asked for, at home and beyond."""
    home_replicas: Count | None = None
    """Replicas that are asked for at home."""
    beyond_replicas: dict[str, Count] | None = None
    """Replicas that are asked for beyond home, by place."""
    rung: Rung | None = None
    """How far it went: Out (more replicas), Up (bigger ones), OverEdge (beyond home)."""
    size: dict[str, Amounts] | None = None
    """Requests of the replicas at home, by container, where they are not those of the template."""
    targets: str | None = None
    """Each metric beside its target, in short."""
    current_metrics: tuple[MetricStatus, ...] | None = None
    """What the metrics said last."""
    conditions: Annotated[tuple[Condition, ...] | None, Field(json_schema_extra=BY_TYPE)] = None
    """AbleToScale, ScalingActive, ScalingLimited, ScaledToZero, with HPA's reasons; and ours."""
    last_decision: LastDecision | None = None
    """The last step, with its numbers."""
    last_scale_time: Time | None = None
    """When the number of replicas changed last."""
    recommendation: dict[str, Amounts] | None = None
    """Requests that vertical would have, by container."""
    forecast: Count | None = None
    """Replicas that the look ahead asks for."""
    selector: str | None = None
    """The pods' labels, for the scale subresource."""
    checkpoint: Annotated[str | None, Field(max_length=65_536)] = None
    """What is remembered between decisions; for the controller."""


def read_status(manifest: Mapping[str, Any]) -> Status:
    """The status of an object, as far as it is understood: a field that is not is as if it were not there."""
    raw = manifest.get("status")
    said = dict(raw) if isinstance(raw, Mapping) else {}
    while True:
        try:
            return Status.model_validate(said)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                said.pop(str(detail["loc"][0]), None)
