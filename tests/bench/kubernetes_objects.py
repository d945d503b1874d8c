"""Nodes and pods as an API server sends them, with all that nobody here reads: made up, in size and shape like real."""

from __future__ import annotations

from typing import Any

_TIME = "2026-01-01T00:00:00Z"
SITES = 200
_TOKEN = {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}}
_CONDITIONS = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def a_node(number: int, *, beat: int = 0, ready: bool = True) -> dict[str, Any]:
    """Some 13 kB; *beat* changes what a kubelet changes when nothing happened. Each tenth has eight GPUs."""
    name = f"node-{number:05}.site-{number % SITES:03}.edge.example.com"
    now = f"2026-01-01T{beat // 3600 % 24:02}:{beat // 60 % 60:02}:{beat % 60:02}Z"
    conditions = [
        {
            "type": kind,
            "status": "False",
            "lastHeartbeatTime": now,
            "lastTransitionTime": _TIME,
            "reason": f"KubeletHasNo{kind}",
            "message": f"kubelet reports no {kind}",
        }
        for kind in _CONDITIONS
    ]
    status = "True" if ready else "Unknown"
    conditions.append({"type": "Ready", "status": status, "lastHeartbeatTime": now, "reason": "KubeletReady"})
    taints = [] if ready else [{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule", "timeAdded": now}]
    features = {f"feature.node.kubernetes.io/cpu-cpuid.FEATURE{index}": "true" for index in range(32)}
    amounts = {"cpu": "32", "memory": "131072Mi", "ephemeral-storage": "467Gi", "pods": "110", "hugepages-2Mi": "0"}
    if number % 10 == 0:
        amounts["nvidia.com/gpu"] = "8"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "uid": f"{number:08x}-0000-4000-8000-000000000001",
            "resourceVersion": str(10_000_000 + beat),
            "creationTimestamp": _TIME,
            "labels": {
                "edgeward.dev/site": f"site-{number % SITES:03}",
                "edgeward.dev/tier": "cloud" if number % SITES < 10 else "edge",
                "topology.kubernetes.io/region": f"region-{number % 5}",
                "topology.kubernetes.io/zone": f"zone-{number % SITES}",
                "kubernetes.io/hostname": name,
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                **({"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB"} if number % 10 == 0 else {}),
                **features,
            },
            "annotations": {"csi.volume.kubernetes.io/nodeid": '{"a":"b"}', "node.alpha.kubernetes.io/ttl": "0"},
            "managedFields": _managers(now),
        },
        "spec": {"podCIDR": f"10.{number // 256}.0.0/24", "providerID": f"cloud:///{number}", "taints": taints},
        "status": {
            "allocatable": amounts,
            "capacity": amounts,
            "conditions": conditions,
            "addresses": [{"type": "InternalIP", "address": f"10.0.{number // 256}.{number % 256}"}],
            "nodeInfo": {"kernelVersion": "6.8.0", "kubeletVersion": "v1.36.3", "osImage": "Linux", "bootID": "x" * 36},
            "images": [
                {"names": [f"registry.example.com/team/image-{index}@sha256:{index:064x}"], "sizeBytes": 10**8 + index}
                for index in range(50)
            ],
        },
    }


def a_pod(number: int, templates: int, nodes: int, *, beat: int = 0) -> dict[str, Any]:
    """Some 6 kB, bound; *beat* changes its status only. Each tenth is of a StatefulSet, each hundredth has a GPU."""
    template = number % templates
    name = f"service-{template}-{template * 7919:010x}-{number:05x}"
    labels = {
        "app.kubernetes.io/name": f"service-{template}",
        "app.kubernetes.io/instance": f"service-{template}",
        "app.kubernetes.io/version": f"1.{template % 9}.0",
        "app.kubernetes.io/managed-by": "Helm",
        "pod-template-hash": f"{template * 7919:010x}",
    }
    if number % 10 == 0:
        labels |= {"statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(number)}
    gpu = template % 100 == 1
    annotations = {
        "checksum/config": f"{template:064x}",
        "prometheus.io/scrape": "true",
        "edgeward.dev/preferred": "local",
    }
    if gpu:
        annotations |= {"edgeward.dev/gpu-milli": "250", "edgeward.dev/gpu-devices": str(number // 10 % 8)}
    node = number % (nodes // 10) * 10 if gpu else number % nodes
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "generateName": name[:-5],
            "namespace": f"team-{template % 60}",
            "uid": f"{number:08x}-0000-4000-8000-000000000002",
            "resourceVersion": str(20_000_000 + beat),
            "creationTimestamp": _TIME,
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "ReplicaSet",
                    "name": name[:-6],
                    "uid": f"{template:08x}-0000-4000-8000-000000000003",
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
            "managedFields": _managers(_TIME),
        },
        "spec": {
            "nodeName": f"node-{node:05}.site-{node % SITES:03}.edge.example.com",
            "schedulerName": "default-scheduler",
            "priority": template % 3 * 1000,
            "containers": [_container(index, template) for index in range(2)],
            "tolerations": [
                {
                    "key": f"node.kubernetes.io/{what}",
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": 300,
                }
                for what in ("not-ready", "unreachable")
            ],
            "volumes": [
                {"name": f"kube-api-access-{number:05x}", "projected": {"sources": [_TOKEN], "defaultMode": 420}}
            ],
            "serviceAccountName": "default",
            "dnsPolicy": "ClusterFirst",
        },
        "status": {
            "phase": "Running",
            "startTime": _TIME,
            "podIP": f"10.1.{number // 256 % 256}.{number % 256}",
            "conditions": [
                {"type": kind, "status": "True", "lastTransitionTime": _TIME}
                for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ],
            "containerStatuses": [
                {
                    "name": f"c{index}",
                    "restartCount": beat % 7,
                    "ready": True,
                    "containerID": f"containerd://{number:064x}",
                }
                for index in range(2)
            ],
        },
    }


def _container(index: int, template: int) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 1}
    return {
        "name": f"c{index}",
        "image": f"registry.example.com/team/service-{template}:1.{template % 9}.0",
        "resources": {
            "requests": {"cpu": f"{100 + template % 4 * 50}m", "memory": f"{64 + template % 8 * 32}Mi"},
            "limits": {"memory": "1Gi"},
        },
        "env": [{"name": f"VARIABLE_{number}", "value": f"value of variable {number}"} for number in range(12)],
        "livenessProbe": probe,
        "readinessProbe": probe,
        "volumeMounts": [{"name": "kube-api-access", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
        "terminationMessagePath": "/dev/termination-log",
        "imagePullPolicy": "IfNotPresent",
    }


def _managers(time: str) -> list[dict[str, Any]]:
    fields: dict[str, Any] = {f"f:field-{index}": {".": {}, "f:name": {}, "f:value": {}} for index in range(20)}
    return [
        {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": time, "fieldsV1": {"f:spec": fields}}
        for manager in ("kube-controller-manager", "kubelet")
    ]
