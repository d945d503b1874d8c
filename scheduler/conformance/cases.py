"""What is asked: pods and nodes of our own making, in the bytes that kube-scheduler would send.

Keys and their order are those of the client of Kubernetes 1.36: both `Nodes` and `NodeNames` are always there and one
is null, objects have neither kind nor apiVersion, quantities are any that are legal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Mode(StrEnum):
    """What nodes are sent as."""

    NAMES = "names"  # nodeCacheCapable: true
    NODES = "nodes"  # nodeCacheCapable: false

    @property
    def setting(self) -> str:
        """The setting of the scheduler that sends so."""
        return f"nodeCacheCapable: {str(self is Mode.NAMES).lower()}"


INVENTED: Final = ("conformance-edge-1", "conformance-edge-2", "conformance-cloud-1")
NOWHERE: Final = "conformance-no-such-node"
MANY: Final = 100  # nodes of the largest ordinary request, as many as kube-scheduler looks for at least
BIG_BYTES: Final = 2 * 1024 * 1024  # 60 to 200 real nodes
_NAMESPACE: Final = "edgeward-conformance"  # nobody has it, so that nothing is there to be changed


def pod(name: str, *, requests: Mapping[str, str], annotations: Mapping[str, str] = {}) -> dict[str, Any]:
    """A pod that waits for its node."""
    return {
        "metadata": {
            "name": name,
            "namespace": _NAMESPACE,
            "uid": f"conformance-{name}",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": name},
            **({"annotations": dict(annotations)} if annotations else {}),
        },
        "spec": {
            "containers": [{"name": "main", "image": "example.com/app:1", "resources": {"requests": dict(requests)}}],
            "restartPolicy": "Always",
            "schedulerName": "edgeward",
            "priority": 1000,
        },
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    }


PODS: Final = {
    "a plain pod": pod("plain", requests={"cpu": "250m", "memory": "64Mi"}),
    "a pod without requests": pod("bare", requests={}),
    "odd quantities": pod("odd", requests={"cpu": "1e-1", "memory": "1500M", "ephemeral-storage": "100n"}),
    "a GPU pod": pod("gpu", requests={"cpu": "1", "nvidia.com/gpu": "1"}),
    "annotations and names that are not ASCII": pod(
        "names", requests={"cpu": "1"}, annotations={"team": "엣지 – Rand ☃"}
    ),
}


def node(name: str, *, padding: int = 0) -> dict[str, Any]:
    """A ready node; *padding* bytes of labels make it as large as real ones are."""
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": name.rpartition("-")[0] or name,
        **{f"feature.node.kubernetes.io/padding-{number}": "x" * 63 for number in range(padding // 110)},
    }
    room = {"cpu": "16", "memory": "64Gi", "ephemeral-storage": "1e12", "nvidia.com/gpu": "2", "pods": "110"}
    return {
        "metadata": {"name": name, "uid": f"uid-{name}", "labels": labels},
        "spec": {"podCIDR": "10.0.0.0/24", "taints": [{"key": "conformance", "effect": "PreferNoSchedule"}]},
        "status": {
            "capacity": room,
            "allocatable": room,
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": None, "lastTransitionTime": None}],
            "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {"architecture": "amd64", "operatingSystem": "linux", "kubeletVersion": "v1.36.0"},
        },
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class NodesCase:
    """A filter or prioritize request."""

    name: str
    mode: Mode
    pod: Mapping[str, Any]
    names: tuple[str, ...]
    padding: int = 0

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """The nodes of the request as whole objects."""
        return [node(name, padding=self.padding) for name in self.names]

    @property
    def content(self) -> dict[str, Any]:
        """The request before it is JSON."""
        whole = {"metadata": {}, "items": self.nodes}
        by_names = self.mode is Mode.NAMES
        return {
            "Pod": self.pod,
            "Nodes": None if by_names else whole,
            "NodeNames": list(self.names) if by_names else None,
        }

    @property
    def body(self) -> bytes:
        """The request."""
        return encoded(self.content)

    @property
    def lower_case_body(self) -> bytes:
        """The request with the keys of schedulers before 1.17."""
        return encoded({key.lower(): value for key, value in self.content.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class PreemptCase:
    """A preempt request: candidates and their victims, as kube-scheduler chose them."""

    name: str
    mode: Mode
    pod: Mapping[str, Any]
    victims: Mapping[str, tuple[str, ...]]  # UIDs by node

    @property
    def body(self) -> bytes:
        """The request; whole pods where the extender is sent whole nodes."""
        if self.mode is Mode.NAMES:
            meta = {
                node: {"Pods": [{"UID": uid} for uid in uids], "NumPDBViolations": 0}
                for node, uids in self.victims.items()
            }
            return encoded({"Pod": self.pod, "NodeNameToVictims": None, "NodeNameToMetaVictims": meta})
        whole = {
            node: {"Pods": [_victim(uid, node) for uid in uids], "NumPDBViolations": 0}
            for node, uids in self.victims.items()
        }
        return encoded({"Pod": self.pod, "NodeNameToVictims": whole, "NodeNameToMetaVictims": None})


def encoded(content: Any) -> bytes:
    """JSON as Go writes it: without spaces, not escaped beyond need."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def ordinary(mode: Mode, names: Sequence[str]) -> tuple[NodesCase, ...]:
    """Requests such as kube-scheduler sends all day."""
    cases = [NodesCase(name=what, mode=mode, pod=each, names=tuple(names)) for what, each in PODS.items()]
    plain = PODS["a plain pod"]
    cases.append(NodesCase(name="one node (nominated)", mode=mode, pod=plain, names=tuple(names[:1])))
    cases.append(NodesCase(name="nodes in another order", mode=mode, pod=plain, names=tuple(reversed(names))))
    many = dict.fromkeys([*names, *(f"conformance-many-{number}" for number in range(MANY))])
    cases.append(NodesCase(name=f"{MANY} nodes", mode=mode, pod=plain, names=tuple(many)[:MANY]))
    return tuple(cases)


def unknown(mode: Mode, names: Sequence[str]) -> NodesCase:
    """A node among others that nobody has heard of, as one that was added a moment ago."""
    return NodesCase(name="a node nobody knows", mode=mode, pod=PODS["a plain pod"], names=(*names, NOWHERE))


def big(names: Sequence[str]) -> NodesCase:
    """Whole nodes as large as real ones, 2 MiB together."""
    padding = BIG_BYTES // len(names)
    return NodesCase(
        name="2 MiB of nodes", mode=Mode.NODES, pod=PODS["a plain pod"], names=tuple(names), padding=padding
    )


def preempting(mode: Mode, names: Sequence[str]) -> tuple[PreemptCase, ...]:
    """Candidates with one and with two victims, and a single candidate."""
    several = {name: tuple(f"uid-victim-{name}-{each}" for each in range(1 + at % 2)) for at, name in enumerate(names)}
    alone = dict(list(several.items())[:1])
    urgent = PODS["a GPU pod"]
    return (
        PreemptCase(name="several candidates", mode=mode, pod=urgent, victims=several),
        PreemptCase(name="one candidate", mode=mode, pod=urgent, victims=alone),
    )


def binding(node_name: str) -> bytes:
    """A bind request for a pod that is not there, so that nothing is bound."""
    metadata = PODS["a plain pod"]["metadata"]
    return encoded(
        {
            "PodName": "conformance-no-such-pod",
            "PodNamespace": metadata["namespace"],
            "PodUID": "00000000-0000-4000-8000-0000000000ff",
            "Node": node_name,
        }
    )


# Not what kube-scheduler sends: what else may come to an open port.
MALFORMED: Final = {
    "no JSON": b"filter, please",
    "an empty body": b"",
    "half a body": b'{"Pod":{"metadata":{"name":"a"',
    "a list": b"[]",
    "null": b"null",
    "no pod": b'{"Pod":null,"Nodes":null,"NodeNames":["a"]}',
    "a pod that is a text": b'{"Pod":"a","Nodes":null,"NodeNames":["a"]}',
    "names that are numbers": b'{"Pod":{"metadata":{"name":"a"}},"Nodes":null,"NodeNames":[1,2]}',
    "neither nodes nor names": b'{"Pod":{"metadata":{"name":"a"}},"Nodes":null,"NodeNames":null}',
    "bytes that are no text": b'{"Pod":{"metadata":{"name":"\xff\xfe"}},"NodeNames":["a"]}',
    "deep nesting": b"[" * 20_000,
}


def _victim(uid: str, node_name: str) -> dict[str, Any]:
    running = pod(f"victim-{uid[-1]}", requests={"cpu": "1"})
    running["metadata"]["uid"] = uid
    running["spec"] |= {"nodeName": node_name, "priority": 0}
    return running
