"""What is decoded of a pod is all that a decision reads of it: the class is the same from the whole pod."""

from __future__ import annotations

from typing import Any

import pytest

from policies.model import kubernetes
from scheduler.decoding import decode_nodes
from tests.scheduler.questions import encoded, pod

NOT_READ: dict[str, Any] = {
    "volumes": [{"name": "kube-api-access-x7k2p", "projected": {"sources": []}}],
    "serviceAccountName": "default",
    "topologySpreadConstraints": [{"maxSkew": 1}],
}
OWNER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-6d4b", "uid": "u", "controller": True}
PINNED = {
    "requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [
            {
                "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["edge-a-1"]}],
                "matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}],
            }
        ]
    }
}


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"nodeSelector": {"disk": "ssd"}},
        {"affinity": {"nodeAffinity": PINNED, "podAffinity": {}}},
        {"tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 5}]},
        {"overhead": {"cpu": "10m"}, "resources": {"requests": {"cpu": "2", "memory": 1073741824}}},
        {"initContainers": [{"name": "i", "restartPolicy": "Always", "resources": {"limits": {"cpu": 0.5}}}]},
        {"containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": "2"}, "claims": []}}]},
    ],
    ids=lambda spec: next(iter(spec), "plain"),
)
def test_class_is_that_of_the_whole_pod(spec: dict[str, Any]) -> None:
    whole = pod(**NOT_READ, **spec)
    whole["metadata"] |= {"ownerReferences": [OWNER], "managedFields": [{}], "labels": {"pod-template-hash": "6d4b"}}
    content = decode_nodes(encoded({"Pod": whole, "Nodes": None, "NodeNames": []})).pod.content
    assert kubernetes.pod(content) == kubernetes.pod(whole)
    assert kubernetes.is_pinned(content) == kubernetes.is_pinned(whole)
    assert not NOT_READ.keys() & content["spec"].keys()  # type: ignore[attr-defined]  # a mapping


@pytest.mark.parametrize(
    "metadata",
    [{"annotations": {"kubernetes.io/config.mirror": "x"}}, {"ownerReferences": [{**OWNER, "kind": "DaemonSet"}]}],
    ids=["static pod", "DaemonSet"],
)
def test_pinned_pods_are_known_as_such(metadata: dict[str, Any]) -> None:
    told = {"metadata": {"name": "a", **metadata}, "spec": {}}
    assert kubernetes.is_pinned(decode_nodes(encoded({"Pod": told, "Nodes": None, "NodeNames": []})).pod.content)
