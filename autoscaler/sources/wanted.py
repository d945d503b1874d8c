"""The question that an entry of `metrics` asks, read from its form in autoscaling/v2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoscaler.planner.errors import SpecError
from autoscaler.sources.selector_text import selector_text
from autoscaler.sources.want import Described, Want


def wanted(namespace: str, metric: Mapping[str, Any]) -> Want:
    """What the sources are to be asked for it; SpecError for a type that there is not."""
    kind = metric["type"]
    part = metric.get(f"{kind[:1].lower()}{kind[1:]}") or {}
    match kind:
        case "Resource" | "ContainerResource":
            return Want(kind=kind, namespace=namespace, name=part["name"])
        case "Pods" | "External":
            return Want(kind=kind, namespace=namespace, name=part["metric"]["name"], selector=_selector(part))
        case "Object":
            described = part["describedObject"]
            return Want(
                kind=kind,
                namespace=namespace,
                name=part["metric"]["name"],
                selector=_selector(part),
                described=Described(described.get("apiVersion") or "v1", described["kind"], described["name"]),
            )
        case "Prometheus":
            return Want(kind=kind, namespace="", name=part["query"])
        case _:
            raise SpecError(f"metrics: type must be a known kind of metric, got {kind!r}")


def _selector(part: Mapping[str, Any]) -> str:
    return selector_text(part["metric"].get("selector") or {})
