"""What the extender watches: each kind with its path, the fields that are read of it, and who is told."""

from __future__ import annotations

from kube.handler import Handler
from kube.mirror.config_maps import CONFIG_LABEL
from kube.mirror.mirror import Mirror
from kube.mirror.shapes import (
    BudgetShape,
    ConfigMapShape,
    NamespaceShape,
    NetworkTopologyShape,
    NodeResourceTopologyShape,
    NodeShape,
    PodShape,
)
from kube.reflector import Watched
from scheduler.config import Config

# Without these nothing is answered; the others come with CRDs that may not be installed, or help with details.
ESSENTIAL = frozenset({"nodes", "pods", "namespaces", "configmaps"})


def kinds(mirror: Mirror, config: Config, namespace: str) -> dict[str, tuple[Watched, Handler]]:
    """By the name that metrics and logs call them by. *namespace* is our own, the only one whose ConfigMaps we read."""
    living = {"fieldSelector": "status.phase!=Succeeded,status.phase!=Failed"}
    ours = {"labelSelector": f"{CONFIG_LABEL} in (latency,profiles)"}
    found: dict[str, tuple[Watched, Handler]] = {
        "nodes": (Watched("/api/v1/nodes", {}, NodeShape), mirror.nodes),
        "pods": (Watched("/api/v1/pods", living, PodShape), mirror.pods),
        "namespaces": (Watched("/api/v1/namespaces", {}, NamespaceShape), mirror.namespaces),
        "configmaps": (
            Watched(f"/api/v1/namespaces/{namespace}/configmaps", ours, ConfigMapShape),
            mirror.config_maps,
        ),
        "poddisruptionbudgets": (
            Watched("/apis/policy/v1/poddisruptionbudgets", {}, BudgetShape),
            mirror.budgets,
        ),
        "noderesourcetopologies": (
            Watched("/apis/topology.node.k8s.io/v1alpha2/noderesourcetopologies", {}, NodeResourceTopologyShape),
            mirror.topologies,
        ),
    }
    if config.latency.network_topology is not None:
        path = "/apis/networktopology.diktyo.x-k8s.io/v1alpha1/networktopologies"
        found["networktopologies"] = Watched(path, {}, NetworkTopologyShape), mirror.network_topologies
    return found
