"""Which object an autoscaler scales, so that two that name the same one are known: a group has many versions."""

from __future__ import annotations

KINDS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "ReplicaSet": "replicasets"}  # of apps
APPS = "apps"
Target = tuple[str, str, str, str]  # API group, kind, namespace, name


def target(api_version: str, kind: str, namespace: str, name: str) -> Target:
    """The object that a `scaleTargetRef` names. Those of `apps` may be named without their API version."""
    return group_of(api_version, kind), kind, namespace, name


def group_of(api_version: str, kind: str) -> str:
    """The group of a kind in that version, which may be left out."""
    return api_version.rpartition("/")[0] or (APPS if kind in KINDS else "")
