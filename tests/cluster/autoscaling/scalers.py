"""What scales a Deployment: EdgeAutoscalers, real HPAs, and the metrics that they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.cluster.autoscaling.load import OBJECT_METRIC, POD_METRIC, QUEUE_METRIC
from tests.cluster.objects import Manifest

Metric = dict[str, Any]


def cpu(percent: int) -> Metric:
    """So much of the request, on average."""
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def container_cpu(percent: int) -> Metric:
    """The same of the one container."""
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "main", "target": target}}


def pod_requests(average: str) -> Metric:
    """Requests a second of each pod."""
    target = {"type": "AverageValue", "averageValue": average}
    return {"type": "Pods", "pods": {"metric": {"name": POD_METRIC}, "target": target}}


def service_requests(average: str, *, service: str = "web") -> Metric:
    """Requests a second of the service, for each pod."""
    described = {"apiVersion": "v1", "kind": "Service", "name": service}
    target = {"type": "AverageValue", "averageValue": average}
    return {
        "type": "Object",
        "object": {"describedObject": described, "metric": {"name": OBJECT_METRIC}, "target": target},
    }


def queue_length(average: str, *, queue: str = "web") -> Metric:
    """The queue's length, for each pod."""
    metric = {"name": QUEUE_METRIC, "selector": {"matchLabels": {"queue": queue}}}
    return {
        "type": "External",
        "external": {"metric": metric, "target": {"type": "AverageValue", "averageValue": average}},
    }


def query(promql: str, average: str) -> Metric:
    """The sum of what Prometheus answers, for each pod."""
    target = {"type": "AverageValue", "averageValue": average}
    return {"type": "Prometheus", "prometheus": {"query": promql, "target": target}}


def autoscaler_manifest(
    name: str, *metrics: Metric, least: int = 1, most: int = 10, target: str = "", **spec: Any
) -> Manifest:
    """An EdgeAutoscaler for the Deployment of that name, or of *target*; it waits for nothing unless *spec* says so."""
    return {
        "apiVersion": "edgeward.dev/v1alpha1",
        "kind": "EdgeAutoscaler",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target or name},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": list(metrics),
            "scaleOut": {"periodSeconds": 0},
            "scaleIn": {"periodSeconds": 0, "stabilizationWindowSeconds": 0},
            **spec,
        },
    }


def hpa_manifest(
    name: str,
    *metrics: Metric,
    least: int = 1,
    most: int = 10,
    behavior: Mapping[str, Any] | None = None,
    target: str = "",
) -> Manifest:
    """A horizontal pod autoscaler for the Deployment of that name, or of *target*."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target or name},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": list(metrics),
            **({"behavior": dict(behavior)} if behavior else {}),
        },
    }
