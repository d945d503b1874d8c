"""An HPA as an EdgeAutoscaler that means the same.

The periods are 0, so nothing but HPA's own windows and rates bounds a step; there is no second or third rung. An HPA
without `behavior` is bounded by other rules than one with an empty `behavior` (at most 4 or twice as many at once, and
the highest wish of five minutes wherever the number of replicas stands), so it becomes one with `rules: Classic`.
What is the same as our default is left out. The flags of kube-controller-manager are in no HPA: where a cluster has
others than Kubernetes' own, they go into the autoscaler's configuration.

What is more here than in an HPA stays: a metric that falls to zero at once, or has not moved for long, is not believed
at first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autoscaler.api.errors import ObjectError
from autoscaler.api.hpa import KIND as HPA
from autoscaler.api.hpa import Behavior, Hpa, HpaV1, ScalingRules, read_hpa
from autoscaler.api.spec import read
from autoscaler.api.v1alpha1.part import Part
from autoscaler.api.v1alpha1.resource import API_VERSION, KIND, Metadata

_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MEASURED = "autoscaling.alpha.kubernetes.io/"  # what v1 tells of v2 in annotations; status among it


def each_object(documents: list[Any], *, source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of some YAML documents, those of lists one by one, each with what errors call it."""
    for number, document in enumerate(documents, start=1):
        if document is None:
            continue
        called = source if len(documents) == 1 else f"{source}[{number}]"
        if not isinstance(document, Mapping):
            raise ObjectError((f"{called}: must be an object, got {document!r}",))
        if str(document.get("kind", "")).endswith("List") and isinstance(items := document.get("items"), list):
            yield from each_object(items, source=f"{called}.items")
        else:
            metadata = document.get("metadata")
            name = metadata.get("name", "") if isinstance(metadata, Mapping) else ""
            yield (f"{called} {name}" if name else called), dict(document)


def is_hpa(manifest: Mapping[str, Any]) -> bool:
    """Whether there is something to convert."""
    return manifest.get("kind") == HPA


def converted(manifest: Mapping[str, Any], *, source: str) -> dict[str, Any]:
    """The EdgeAutoscaler for an HPA; ObjectError with all problems when there can be none."""
    hpa = read_hpa(manifest, source=source)
    made = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": _metadata(hpa.metadata),
        "spec": _spec(hpa),
    }
    read(made, source=source)  # what HPA's validation would refuse across fields is refused here
    return made


def _spec(hpa: Hpa) -> dict[str, Any]:
    said = hpa.spec
    spec: dict[str, Any] = {"scaleTargetRef": _written(said.scale_target_ref)}
    if said.min_replicas is not None:
        spec["minReplicas"] = said.min_replicas
    spec["maxReplicas"] = said.max_replicas
    if isinstance(hpa, HpaV1):
        if (percent := hpa.spec.cpu_percent) is not None:
            target = {"type": "Utilization", "averageUtilization": percent}
            spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
        return {**spec, **_bounds(None)}
    if hpa.spec.metrics:
        spec["metrics"] = [_written(metric) for metric in hpa.spec.metrics]
    return {**spec, **_bounds(hpa.spec.behavior)}


def _bounds(behavior: Behavior | None) -> dict[str, Any]:
    if behavior is None:
        return {"rules": "Classic", "scaleOut": {"periodSeconds": 0}, "scaleIn": {"periodSeconds": 0}}
    return {"scaleOut": _direction(behavior.scale_up), "scaleIn": _direction(behavior.scale_down)}


def _direction(rules: ScalingRules | None) -> dict[str, Any]:
    return {"periodSeconds": 0, **(_written(rules) if rules is not None else {})}


def _written(part: Part) -> dict[str, Any]:
    return part.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)


def _metadata(said: Metadata) -> dict[str, Any]:
    """What a person gave it, and not what a cluster has put there."""
    annotations = {
        key: value
        for key, value in (said.annotations or {}).items()
        if key != _APPLIED and not key.startswith(_MEASURED)
    }
    given = {"name": said.name, "namespace": said.namespace, "labels": said.labels, "annotations": annotations}
    return {key: value for key, value in given.items() if value}
