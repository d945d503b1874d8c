"""Questions as kube-scheduler sends them, byte for byte in its order of keys; names and numbers are ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any


def pod(name: str = "web-0", **spec: Any) -> dict[str, Any]:
    """A v1 Pod without kind, as it comes in a question."""
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{name}",
            "labels": {"app": "web"},
            "annotations": {"edgeward.dev/preferred": "local", "edgeward.dev/origin": "seoul"},
        },
        "spec": {
            "containers": [{"name": "c", "image": "nginx", "resources": {"requests": {"cpu": "250m"}}}],
            "schedulerName": "edge-scheduler",
            **spec,
        },
        "status": {},
    }


def node(name: str, labels: int = 3, images: int = 0) -> dict[str, Any]:
    """A v1 Node without kind, with so many labels and images as make it large."""
    return {
        "metadata": {"name": name, "labels": {f"example.com/label-{n}": "on" for n in range(labels)}},
        "spec": {},
        "status": {
            "allocatable": {"cpu": "16", "memory": "64Gi", "pods": "110"},
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
            "images": [{"names": [f"example.com/{n}@sha256:{0:064}"], "sizeBytes": 5_000_000} for n in range(images)],
        },
    }  # fmt: skip


def by_name(names: Sequence[str] | None, **keys: Any) -> bytes:
    """nodeCacheCapable: true."""
    return encoded({"Pod": pod(), "Nodes": None, "NodeNames": names, **keys})


def by_node(nodes: Iterable[dict[str, Any]] | None, **keys: Any) -> bytes:
    """nodeCacheCapable: false."""
    items = None if nodes is None else list(nodes)
    return encoded({"Pod": pod(), "Nodes": {"metadata": {}, "items": items}, "NodeNames": None, **keys})


def bind(node_name: str = "edge-a-1") -> bytes:
    return encoded({"PodName": "web-0", "PodNamespace": "shop", "PodUID": "uid-web-0", "Node": node_name})


def preempt_meta(victims: dict[str, list[str]], violations: int = 0) -> bytes:
    """With a node cache: uids."""
    told = {n: {"Pods": [{"UID": u} for u in uids], "NumPDBViolations": violations} for n, uids in victims.items()}
    return encoded({"Pod": pod(), "NodeNameToVictims": None, "NodeNameToMetaVictims": told})


def preempt_whole(victims: dict[str, list[str]], violations: int = 0) -> bytes:
    """Without: whole pods."""
    told = {
        node_name: {
            "Pods": [{**pod(uid), "metadata": {"name": uid, "uid": uid}} for uid in uids],
            "NumPDBViolations": violations,
        }
        for node_name, uids in victims.items()
    }
    return encoded({"Pod": pod(), "NodeNameToVictims": told, "NodeNameToMetaVictims": None})


def encoded(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
