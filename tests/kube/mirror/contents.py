"""Kubernetes objects with good defaults, as the mirror's shapes let them through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kube.mirror.mirror import Mirror
from policies.model.cluster import Cluster

Content = dict[str, Any]
SITE, TIER = "edgeward.dev/site", "edgeward.dev/tier"
OURS = "edgeward-scheduler"


def make_mirror(**rest: Any) -> Mirror:
    return Mirror(Cluster(), **{"clock": lambda: 1000.0, "schedulers": (OURS,), **rest})


def a_node(
    name: str = "n1",
    *,
    cpu: str = "4",
    gpus: int = 0,
    ready: str = "True",
    site: str = "",
    labels: Mapping[str, str] | None = None,
    **spec: Any,
) -> Content:
    allocatable = {"cpu": cpu, "memory": "16Gi", "pods": "110"} | ({"nvidia.com/gpu": str(gpus)} if gpus else {})
    return {
        "metadata": {"name": name, "labels": {**({SITE: site} if site else {}), **(labels or {})}},
        "spec": spec,
        "status": {"allocatable": allocatable, "conditions": [{"type": "Ready", "status": ready}]},
    }


def a_pod(
    name: str = "p1",
    *,
    node: str = "",
    uid: str = "",
    namespace: str = "default",
    cpu: str = "500m",
    gpus: int = 0,
    phase: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    scheduler: str = OURS,
    started: str = "",
    **spec: Any,
) -> Content:
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid or f"{namespace}-{name}-uid",
            "labels": dict(labels or {}),
            "annotations": dict(annotations or {}),
        },
        "spec": {
            "schedulerName": scheduler,
            "containers": [{"resources": {"requests": {"cpu": cpu}, "limits": limits}}],
            **({"nodeName": node} if node else {}),
            **spec,
        },
        "status": {"phase": phase or ("Running" if node else "Pending"), **({"startTime": started} if started else {})},
    }


def a_namespace(name: str = "default", **annotations: str) -> Content:
    told = {f"edgeward.dev/{key}": value for key, value in annotations.items()}
    return {"metadata": {"name": name, "annotations": told | {"team": "a"}}}


def free_cpu(mirror: Mirror, node: str = "n1") -> int:
    """What is left there, in milli."""
    nodes = mirror.snapshot()
    return int(nodes.free("cpu")[nodes.slot(node)])
