"""One question to a metric source, as a value: equal questions of many autoscalers are asked once.

The pods of a workload are not part of it. A source that gives a number for each pod is asked for the whole namespace,
and each workload takes its own pods out of the answer: that is what keeps reads apart from the number of autoscalers,
and foreign pods that only share labels out of the average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autoscaler.planner.observation import Unavailable
from autoscaler.planner.spec import MetricKind

REASONS: Mapping[MetricKind, str] = {
    "Resource": "FailedGetResourceMetric",
    "ContainerResource": "FailedGetContainerResourceMetric",
    "Pods": "FailedGetPodsMetric",
    "Object": "FailedGetObjectMetric",
    "External": "FailedGetExternalMetric",
    "Prometheus": "FailedGetPrometheusMetric",  # ours; the horizontal pod autoscaler has no such source
}


@dataclass(frozen=True, slots=True)
class Described:
    """The object that an Object metric describes."""

    api_version: str
    kind: str
    name: str

    @property
    def group(self) -> str:
        """Its API group; empty is the core's."""
        return self.api_version.rpartition("/")[0]

    @property
    def is_namespace(self) -> bool:
        """Whether it is the namespace itself, which the custom metrics API asks about in another way."""
        return self.kind == "Namespace" and not self.group


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What is asked. Of Prometheus, `name` is the query and there is no namespace."""

    kind: MetricKind
    namespace: str
    name: str
    selector: str = ""  # which series of the metric, as `labelSelector` has it
    described: Described | None = None

    def unavailable(self, problem: str) -> Unavailable:
        """The reading without a number, with the reason and the text that the horizontal pod autoscaler would give."""
        return Unavailable(reason=REASONS[self.kind], message=f"{self._attempt}: {problem}")

    @property
    def _attempt(self) -> str:
        match self.kind:
            case "Resource" | "ContainerResource":
                return f"unable to get metrics for resource {self.name}"
            case "External":
                return f"unable to get external metric {self.namespace}/{self.name}/{self.selector or 'nil'}"
            case "Object" if self.described is not None:
                place = f"{self.described.kind} {self.namespace}/{self.described.name}"
                return f"unable to get metric {self.name} on {place}"
            case _:
                return f"unable to get metric {self.name}"
