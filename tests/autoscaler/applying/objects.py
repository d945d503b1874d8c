"""Objects that the applying tests are about, as an API server would have them."""

from __future__ import annotations

from typing import Any

from autoscaler.applying.owner import Owner
from autoscaler.applying.workload import Workload

WEB = Workload(namespace="shop", name="web")
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
OWNER = Owner(namespace="shop", name="web", uid="eas-1")


def deployment(name: str = "web", *, replicas: int = 3, **template: Any) -> dict[str, Any]:
    """A Deployment of one container that asks for 200m of at most 400m CPU."""
    resources = {"requests": {"cpu": "200m", "memory": "64Mi"}, "limits": {"cpu": "400m"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop", "labels": {"team": "shop"}, "generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": {"app": name}, "annotations": template.pop("annotations", {})},
                "spec": {
                    "schedulerName": "edge",
                    "containers": [{"name": "app", "image": "web:1", "resources": resources}],
                    **template,
                },
            },
        },
        "status": {"observedGeneration": 1, "replicas": replicas, "updatedReplicas": replicas},
    }
