"""Manifests with good defaults, so that a test shows only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

GPU = "nvidia.com/gpu"
GPU_MODEL = "nvidia.com/gpu.product"  # what NVIDIA's feature discovery writes
SITE = "edgeward.dev/site"
TIER = "edgeward.dev/tier"
IMAGE = "example.invalid/nothing"  # kwok pulls none

Manifest = dict[str, Any]


def node_manifest(
    name: str,
    *,
    site: str = "",
    tier: str = "",
    cpu: str = "4",
    memory: str = "16Gi",
    pods: int = 110,
    gpus: int = 0,
    gpu_model: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    taints: list[dict[str, str]] | None = None,
    resources: Mapping[str, str] | None = None,
) -> Manifest:
    """A node that kwok makes Ready.

    Its addresses are here from the start: kwok's own filling-in can be lost when the node is patched. The annotation
    lets metrics-server ask kwok for this node's usage.
    """
    size = {"cpu": cpu, "memory": memory, "pods": str(pods), **({GPU: str(gpus)} if gpus else {}), **(resources or {})}
    marks = {SITE: site, TIER: tier, GPU_MODEL: gpu_model}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                **{key: value for key, value in marks.items() if value},
                **(labels or {}),
            },
            "annotations": {
                "metrics.k8s.io/resource-metrics-path": f"/metrics/nodes/{name}/metrics/resource",
                **(annotations or {}),
            },
        },
        "spec": {"taints": taints} if taints else {},
        "status": {
            "capacity": size,
            "allocatable": size,
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": name}],
        },
    }


def pod_manifest(
    name: str,
    *,
    namespace: str = "",
    cpu: str = "500m",
    memory: str = "64Mi",
    gpus: int = 0,
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    scheduler: str = "",
    limits: Mapping[str, str] | None = None,
    **spec: Any,
) -> Manifest:
    """A pod of one container; *spec* is more of its spec: `priorityClassName="high"`, `nodeSelector={…}`."""
    metadata = {"name": name, "namespace": namespace, "annotations": annotations, "labels": labels}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            key: dict(value) if isinstance(value, Mapping) else value for key, value in metadata.items() if value
        },
        "spec": pod_spec(cpu=cpu, memory=memory, gpus=gpus, scheduler=scheduler, limits=limits, **spec),
    }


def pod_spec(
    *,
    cpu: str = "500m",
    memory: str = "64Mi",
    gpus: int = 0,
    scheduler: str = "",
    limits: Mapping[str, str] | None = None,
    **spec: Any,
) -> Manifest:
    """The spec of such a pod, for a template; GPUs are limits, too, as the API wants them."""
    whole = {GPU: str(gpus)} if gpus else {}
    resources: Manifest = {"requests": {"cpu": cpu, "memory": memory, **whole}}
    if whole or limits:
        resources["limits"] = {**whole, **(limits or {})}
    return {
        "containers": [{"name": "main", "image": IMAGE, "resources": resources}],
        "terminationGracePeriodSeconds": 0,
        **({"schedulerName": scheduler} if scheduler else {}),
        **spec,
    }


def deployment_manifest(
    name: str, *, replicas: int = 1, annotations: Mapping[str, str] | None = None, namespace: str = "", **spec: Any
) -> Manifest:
    """A Deployment of such pods; *annotations* are those of its pods, *spec* as for `pod_spec`."""
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": dict(annotations or {})},
                "spec": pod_spec(**spec),
            },
        },
    }
