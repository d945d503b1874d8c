"""A cluster of 50 nodes with everything in it that a decision may depend on: sites, GPUs, NUMA zones, priorities."""

from __future__ import annotations

from typing import Any

import yaml

from tests.fakes import FakeKube

NAMESPACE = "edgeward"
SITES = ("seoul", "busan", "daegu", "gwangju", "cloud")
NODES = tuple(f"{site}-{number}" for site in SITES for number in range(10))
RESIDENTS = tuple(f"resident-{number}" for number in range(100))
PENDING = tuple(f"pending-{number}" for number in range(20))


def node(name: str) -> dict[str, Any]:
    """A v1 Node: every fifth has A100s, every fifth a shared T4, every tenth a taint."""
    site, _, digit = name.partition("-")
    number = int(digit)
    offers = {"cpu": "16", "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    labels = {
        "edgeward.dev/site": site,
        "edgeward.dev/tier": "cloud" if site == "cloud" else "edge",
        "topology.kubernetes.io/zone": site,
        "kubernetes.io/hostname": name,
    }
    if number % 5 == 0:
        offers["nvidia.com/gpu"] = "8"
        labels |= {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB", "nvidia.com/gpu.memory": "40960"}
    if number % 5 == 1:
        offers |= {"aliyun.com/gpu-mem": "30", "aliyun.com/gpu-count": "2"}
    spec = {"taints": [{"key": "dedicated", "value": "x", "effect": "NoSchedule"}]} if number == 9 else {}
    ready = [{"type": "Ready", "status": "True"}]
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {"allocatable": offers, "capacity": offers, "conditions": ready},
    }


def pod(name: str, *, node_name: str = "", priority: int = 0, **annotations: str) -> dict[str, Any]:
    """A v1 Pod of the namespace shop."""
    requests = {"cpu": "2", "memory": "1Gi"}
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{name}",
            "labels": {"app": name.partition("-")[0]},
            "annotations": annotations,
        },
        "spec": {
            "nodeName": node_name,
            "priority": priority,
            "containers": [{"name": "c", "resources": {"requests": requests}}],
        },
        "status": {"phase": "Running" if node_name else "Pending"},
    }


def fill(kube: FakeKube) -> None:
    """Put it all there."""
    for name in ("shop", NAMESPACE):
        kube.put("/api/v1/namespaces", {"metadata": {"name": name, "annotations": {"edgeward.dev/origin": "busan"}}})
    for number, name in enumerate(NODES):
        kube.put("/api/v1/nodes", node(name))
        zones = [
            {"name": f"node-{zone}", "type": "Node", "resources": [{"name": "cpu", "available": "8"}]}
            for zone in range(2)
        ]
        if number % 3 == 0:
            where = "/apis/topology.node.k8s.io/v1alpha2/noderesourcetopologies"
            kube.put(where, {"metadata": {"name": name}, "zones": zones})
    for number, name in enumerate(RESIDENTS):
        kube.put("/api/v1/pods", pod(name, node_name=NODES[number % len(NODES)], priority=number % 3))
    for name in PENDING:
        kube.put("/api/v1/pods", pod(name))
    kube.put(
        "/apis/policy/v1/poddisruptionbudgets",
        {
            "metadata": {"name": "residents", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "resident"}}},
            "status": {"disruptionsAllowed": 1},
        },
    )
    lines = [{"from": a, "to": b, "p50_ms": 5.0, "p95_ms": 9.0} for a in SITES for b in SITES if a < b]
    labels = {"edgeward.dev/config": "latency"}
    kube.put(
        f"/api/v1/namespaces/{NAMESPACE}/configmaps",
        {"metadata": {"name": "latency", "labels": labels}, "data": {"latency.yaml": yaml.safe_dump(lines)}},
    )
