"""HorizontalPodAutoscalers as people have them: `autoscaling/v2`, and the little that `autoscaling/v1` says.

Only what can be kept is accepted. The beta versions had other names for the same things and went with Kubernetes 1.26;
a cluster tells any HPA as v2, so nobody needs us to read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError

from autoscaler.api.errors import ObjectError
from autoscaler.api.v1alpha1.metrics import MetricSpec, Reference
from autoscaler.api.v1alpha1.part import Count, Part, Positive
from autoscaler.api.v1alpha1.quantities import Quantity
from autoscaler.api.v1alpha1.resource import Metadata
from autoscaler.api.v1alpha1.scaling import Policies, Window
from policies.engine.problems import problems

KIND = "HorizontalPodAutoscaler"
GONE = ("autoscaling/v2beta1", "autoscaling/v2beta2")
AS_V2 = "kubectl get hpa.v2.autoscaling {name} -o yaml"
HIDDEN = ("autoscaling.alpha.kubernetes.io/metrics", "autoscaling.alpha.kubernetes.io/behavior")


class ScalingRules(Part):
    """One direction of `behavior`."""

    stabilization_window_seconds: Window | None = None
    select_policy: Literal["Max", "Min", "Disabled"] | None = None
    policies: Policies | None = None
    tolerance: Quantity | None = None


class Behavior(Part):
    """Both directions."""

    scale_up: ScalingRules | None = None
    scale_down: ScalingRules | None = None


class HpaMetric(MetricSpec):
    """A metric of a type that HPA knows."""

    type: Literal["Resource", "ContainerResource", "Pods", "Object", "External"]


class SpecV2(Part):
    """`spec` of autoscaling/v2."""

    scale_target_ref: Reference
    min_replicas: Count | None = None
    max_replicas: Positive
    metrics: tuple[HpaMetric, ...] | None = None
    behavior: Behavior | None = None


class SpecV1(Part):
    """`spec` of autoscaling/v1."""

    scale_target_ref: Reference
    min_replicas: Count | None = None
    max_replicas: Positive
    cpu_percent: Positive | None = Field(default=None, alias="targetCPUUtilizationPercentage")


class HpaV2(Part):
    """An autoscaling/v2 HorizontalPodAutoscaler."""

    api_version: Literal["autoscaling/v2"]
    kind: Literal["HorizontalPodAutoscaler"]
    metadata: Metadata
    spec: SpecV2
    status: Any = None


class HpaV1(Part):
    """An autoscaling/v1 HorizontalPodAutoscaler."""

    api_version: Literal["autoscaling/v1"]
    kind: Literal["HorizontalPodAutoscaler"]
    metadata: Metadata
    spec: SpecV1
    status: Any = None


Hpa = HpaV1 | HpaV2


def read_hpa(manifest: Mapping[str, Any], *, source: str) -> Hpa:
    """The HPA that a manifest is; ObjectError with all problems, and how to get what cannot be read in another form."""
    version = manifest.get("apiVersion")
    if version in GONE:
        raise ObjectError((f"{source}: apiVersion {version} is gone since Kubernetes 1.26: {_as_v2(manifest)}",))
    model: type[Hpa] = HpaV1 if version == "autoscaling/v1" else HpaV2
    try:
        hpa = model.model_validate(manifest)
    except ValidationError as error:
        raise ObjectError(problems(error, source=source, model=model)) from error
    if isinstance(hpa, HpaV1) and (hidden := sorted(set(HIDDEN) & (hpa.metadata.annotations or {}).keys())):
        raise ObjectError((f"{source}: metadata.annotations: {hidden[0]} says more than v1 can: {_as_v2(manifest)}",))
    return hpa


def _as_v2(manifest: Mapping[str, Any]) -> str:
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return f"get it from a cluster as v2: {AS_V2.format(name=name or 'NAME')}"
