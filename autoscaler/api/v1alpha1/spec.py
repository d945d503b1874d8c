"""`spec` of an EdgeAutoscaler."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from autoscaler.api.v1alpha1.ladder import Forecast, OverEdge, Vertical
from autoscaler.api.v1alpha1.metrics import MetricSpec, Reference, ResourceSource, Target
from autoscaler.api.v1alpha1.part import Count, Flag, Part, Positive, Rule
from autoscaler.api.v1alpha1.scaling import ScaleIn, ScaleOut

TO_ZERO = ("Object", "External", "Prometheus")  # they say something when there is no pod
CPU_80 = MetricSpec(
    type="Resource",
    resource=ResourceSource(name="cpu", target=Target(type="Utilization", averageUtilization=80)),
)


class Spec(Part):
    """What is asked for."""

    scale_target_ref: Reference
    """The workload: anything of the same namespace that has a scale subresource."""
    min_replicas: Count = 1
    """Never fewer at home. 0 needs a metric of type Object, External or Prometheus. `kubectl scale` sets this floor."""
    max_replicas: Positive
    """Never more at home; replicas beyond home are bounded by overEdge.maxReplicas."""
    metrics: Annotated[tuple[MetricSpec, ...], Field(max_length=32)] = (CPU_80,)
    """What is measured and how much of it is wanted, as in autoscaling/v2. Unless given 80 % of the requested CPU."""
    rules: Literal["Behavior", "Classic"] = "Behavior"
    """Behavior: scaleOut and scaleIn bound a step. Classic: as an HPA without behavior, to 4 or twice as many."""
    scale_out: ScaleOut = ScaleOut()
    """How replicas are added."""
    scale_in: ScaleIn = ScaleIn()
    """How replicas are taken away."""
    vertical: Vertical = Vertical()
    """The second rung, when more replicas are not possible: bigger ones."""
    over_edge: OverEdge | None = None
    """The third rung, when bigger ones are not possible either: replicas at neighbor sites, in the cloud, elsewhere."""
    forecast: Forecast = Forecast()
    """A look ahead, which can only add replicas."""
    paused: Flag = False
    """Change nothing, and keep what is there."""
    dry_run: Flag = False
    """Decide and say what would be done, and change nothing."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.minReplicas <= self.maxReplicas",
            "minReplicas must not be more than maxReplicas",
            lambda spec: spec.min_replicas <= spec.max_replicas,
        ),
        Rule(
            "self.minReplicas > 0 || (has(self.metrics) && "
            "self.metrics.exists(m, m.type in ['Object', 'External', 'Prometheus']))",
            "minReplicas 0 needs a metric of type Object, External or Prometheus",
            lambda spec: spec.min_replicas > 0 or any(metric.type in TO_ZERO for metric in spec.metrics),
        ),
        Rule(
            "self.rules == 'Behavior' || (!has(self.scaleOut.policies) && !has(self.scaleOut.tolerance) && "
            "self.scaleOut.selectPolicy == 'Max' && self.scaleOut.stabilizationWindowSeconds == 0)",
            "rules Classic have no policies, selectPolicy, stabilizationWindowSeconds or tolerance in scaleOut",
            lambda spec: (
                spec.rules == "Behavior"
                or spec.scale_out.model_copy(update={"period_seconds": ScaleOut().period_seconds}) == ScaleOut()
            ),
        ),
        Rule(
            "self.rules == 'Behavior' || (!has(self.scaleIn.policies) && !has(self.scaleIn.tolerance) && "
            "self.scaleIn.selectPolicy == 'Max')",
            "rules Classic have no policies, selectPolicy or tolerance in scaleIn",
            lambda spec: (
                spec.rules == "Behavior"
                or (
                    spec.scale_in.policies is None
                    and spec.scale_in.tolerance is None
                    and spec.scale_in.select_policy == "Max"
                )
            ),
        ),
    )
