"""`spec.metrics`: as `autoscaling/v2` has them, field for field, and one type more, `Prometheus`.

What HPA's own validation refuses is refused here, and what its controller could never compute, too: an Object metric
whose `type` and field disagree.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from autoscaler.api.v1alpha1.part import ContainerName, Name, Part, Positive, Rule, Text
from autoscaler.api.v1alpha1.quantities import PositiveQuantity

MetricType = Literal["Resource", "ContainerResource", "Pods", "Object", "External", "Prometheus"]
FIELDS = {
    "Resource": "resource", "ContainerResource": "containerResource", "Pods": "pods", "Object": "object",
    "External": "external", "Prometheus": "prometheus",
}  # fmt: skip
ATTRIBUTES = {**FIELDS, "ContainerResource": "container_resource"}


class Reference(Part):
    """An object by kind and name, of the same namespace."""

    api_version: str = ""
    """API group and version, such as apps/v1."""
    kind: Text
    """Its kind, such as Deployment."""
    name: Name
    """Its name."""


class Requirement(Part):
    """One condition on a label."""

    key: Text
    """The label."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    """How values count: In, NotIn, Exists or DoesNotExist."""
    values: tuple[str, ...] = ()
    """The values for In and NotIn; none for the others."""


class LabelSelector(Part):
    """All conditions must hold."""

    match_labels: dict[str, str] = Field(default_factory=dict)
    """Labels with the values that they must have."""
    match_expressions: tuple[Requirement, ...] = ()
    """Further conditions."""


class MetricIdentifier(Part):
    """Which metric."""

    name: Text
    """Its name."""
    selector: LabelSelector | None = None
    """Which of its series, where the source has several."""


class Target(Part):
    """How much of the metric is wanted."""

    type: Literal["Utilization", "Value", "AverageValue"]
    """Utilization, Value or AverageValue."""
    average_utilization: Positive | None = None
    """Percent of the pods' requests, on average; of resources only."""
    average_value: PositiveQuantity | None = None
    """The average over all pods."""
    value: PositiveQuantity | None = None
    """The whole value, of objects, external metrics and queries."""


UTILIZATION_OR_AVERAGE = Rule(
    "has(self.target.averageUtilization) != has(self.target.averageValue)",
    "target must have either averageUtilization or averageValue",
    lambda source: (source.target.average_utilization is None) != (source.target.average_value is None),
)
VALUE_OR_AVERAGE = Rule(
    "has(self.target.value) != has(self.target.averageValue)",
    "target must have either value or averageValue",
    lambda source: (source.target.value is None) != (source.target.average_value is None),
)


class ResourceSource(Part):
    """CPU or memory of the pods, against their requests."""

    name: Text
    """The resource: cpu or memory."""
    target: Target
    """averageUtilization in percent of the requests, or averageValue."""

    RULES: ClassVar[tuple[Rule, ...]] = (UTILIZATION_OR_AVERAGE,)


class ContainerResourceSource(Part):
    """CPU or memory of one container of each pod."""

    name: Text
    """The resource: cpu or memory."""
    container: ContainerName
    """The container."""
    target: Target
    """averageUtilization in percent of the container's requests, or averageValue."""

    RULES: ClassVar[tuple[Rule, ...]] = (UTILIZATION_OR_AVERAGE,)


class PodsSource(Part):
    """A custom metric of each pod, averaged."""

    metric: MetricIdentifier
    """Which metric."""
    target: Target
    """averageValue: how much for each pod."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.target.averageValue)",
            "target must have averageValue",
            lambda source: source.target.average_value is not None,
        ),
    )


class ObjectSource(Part):
    """A custom metric of one object, such as requests per second of an Ingress."""

    described_object: Reference
    """The object; of kind Namespace: our own."""
    metric: MetricIdentifier
    """Which metric."""
    target: Target
    """value of the whole, or averageValue for each pod; type says which."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.target.type == 'Value' ? has(self.target.value) : "
            "self.target.type == 'AverageValue' && has(self.target.averageValue)",
            "target must have type Value and value, or type AverageValue and averageValue",
            lambda source: (
                (source.target.type == "Value" and source.target.value is not None)
                or (source.target.type == "AverageValue" and source.target.average_value is not None)
            ),
        ),
    )


class ExternalSource(Part):
    """A metric of something outside the cluster, such as the length of a queue."""

    metric: MetricIdentifier
    """Which metric; all its series are added up."""
    target: Target
    """value of the whole, or averageValue for each pod."""

    RULES: ClassVar[tuple[Rule, ...]] = (VALUE_OR_AVERAGE,)


class PrometheusSource(Part):
    """What a query of Prometheus says; no adapter is needed."""

    query: Annotated[str, Field(min_length=1, max_length=4096)]
    """PromQL whose answer is one number, or series that are added up."""
    target: Target
    """value of the whole, or averageValue for each pod."""

    RULES: ClassVar[tuple[Rule, ...]] = (VALUE_OR_AVERAGE,)


def _goes_with_type(kind: str) -> Rule:
    field, attribute = FIELDS[kind], ATTRIBUTES[kind]

    def holds(metric: Any) -> bool:
        return (metric.type == kind) is (getattr(metric, attribute) is not None)

    return Rule(
        f"has(self.{field}) == (self.type == '{kind}')",
        f"{field} must be there with type {kind}, and only then",
        holds,
    )


class MetricSpec(Part):
    """One metric and how much of it is wanted. Of several, the one that asks for most replicas counts."""

    type: MetricType
    """Resource, ContainerResource, Pods, Object, External or Prometheus; the field of that name says more."""
    resource: ResourceSource | None = None
    """CPU or memory of the pods, against their requests."""
    container_resource: ContainerResourceSource | None = None
    """CPU or memory of one container of each pod."""
    pods: PodsSource | None = None
    """A custom metric of each pod, averaged."""
    object: ObjectSource | None = None
    """A custom metric of one object, such as requests per second of an Ingress."""
    external: ExternalSource | None = None
    """A metric of something outside the cluster, such as the length of a queue."""
    prometheus: PrometheusSource | None = None
    """What a query of Prometheus says; no adapter is needed."""

    RULES: ClassVar[tuple[Rule, ...]] = tuple(_goes_with_type(kind) for kind in FIELDS)
