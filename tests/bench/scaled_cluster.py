"""A made-up cluster with an EdgeAutoscaler on each Deployment of three pods, and what its API server answers.

Everything goes the whole way from JSON, and `spent_s` is the CPU time in which the answers were made up, for whoever
measures the controller to take off. All load is about at its target, and each number is another one in each pass.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec
import numpy as np

from autoscaler.watching.autoscalers import PATH as EDGE_AUTOSCALERS
from kube.client import CALL_TIMEOUT_S, NO_PARAMS
from kube.errors import refusal
from kube.program.instant_query import Sample
from kube.reflector import PAGE_LIMIT
from tests.autoscaler.sources.metrics_kube import CUSTOM, CUSTOM_V1BETA2, EXTERNAL, METRICS, at, resources
from tests.bench.kubernetes_objects import a_node, a_pod
from tests.fakes import FakeKube

NAMESPACES, NODES, PODS_EACH = 5, 500, 3
EPOCH_S = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()  # the pods are half a day old
PRESSED = 10  # with further rungs each tenth has no replica left to add, and would step up, but for its dry run
_NETWORKING = "/apis/networking.k8s.io/v1"
_CONTAINERS = ("c0", "c1")

Object = dict[str, Any]


class ScaledCluster(FakeKube):
    """The API server. *rungs*: every EdgeAutoscaler has all three of the ladder, and looks ahead if *forecast*."""

    def __init__(self, autoscalers: int, *, rungs: bool, forecast: str = "Off") -> None:
        super().__init__()
        self.now_s, self.spent_s = EPOCH_S, 0.0
        self.reads, self.statuses, self.other_writes = Counter[str](), 0, 0
        self._many, self._rungs, self._forecast = autoscalers, rungs, forecast
        self._rng = np.random.default_rng(1)
        self._lists: dict[str, tuple[int, Callable[[int], Object]]] = {
            "/api/v1/nodes": (NODES, a_node),
            "/api/v1/pods": (autoscalers * PODS_EACH, self.pod),
            "/apis/apps/v1/deployments": (autoscalers, self.deployment),
            "/apis/apps/v1/replicasets": (autoscalers, self.replica_set),
            EDGE_AUTOSCALERS: (autoscalers, self.autoscaler),
        }

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        began_s = time.thread_time()
        try:
            if not self._is_listed(path):
                self.reads[path.split("/")[2]] += 1
                return msgspec.json.encode(self._answer(unquote(path)))
            many, make = self._lists.get(path, (0, self.pod))
            first = int(params.get("continue", "0"))
            last = min(first + PAGE_LIMIT, many)
            more = {"continue": str(last)} if last < many else {}
            items = [make(number) for number in range(first, last)]
            return msgspec.json.encode({"metadata": {"resourceVersion": "1", **more}, "items": items})
        finally:
            self.spent_s += time.thread_time() - began_s

    async def patch(self, path: str, body: object, *, kind: str = "merge", timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        """Nothing but statuses is written; each is encoded, as it would be to be sent."""
        if path.endswith("/status"):
            self.statuses += 1
        else:
            self.other_writes += 1
        return msgspec.json.encode(body)

    async def ask(self, query: str) -> list[Sample]:
        """As the Prometheus that it is, too."""
        self.reads["prometheus"] += 1
        return [Sample({}, (self.now_s, f"{10 * PODS_EACH * self._near():.3f}"))]

    def _is_listed(self, path: str) -> bool:
        return path in self._lists or not path.startswith((METRICS, CUSTOM, EXTERNAL, _NETWORKING))

    # what is watched

    def pod(self, number: int) -> Object:
        pod = a_pod(number, self._many, NODES)
        pod["metadata"]["namespace"] = _namespace(number % self._many)
        return pod

    def deployment(self, number: int) -> Object:
        template = self.pod(number)
        metadata = {"labels": template["metadata"]["labels"], "annotations": template["metadata"]["annotations"]}
        return {
            "metadata": _metadata(number, uid=f"deployment-{number}"),
            "spec": {
                "replicas": PODS_EACH,
                "selector": _selector(number),
                "template": {"metadata": metadata, "spec": {**template["spec"], "nodeName": None}},
            },
            "status": {"replicas": PODS_EACH},
        }

    def replica_set(self, number: int) -> Object:
        template = self.pod(number)
        owner = {"kind": "Deployment", "name": _name(number), "uid": f"deployment-{number}", "controller": True}
        metadata = _metadata(number, uid=template["metadata"]["ownerReferences"][0]["uid"])
        return {
            "metadata": {**metadata, "ownerReferences": [owner]},
            "spec": {"replicas": PODS_EACH, "selector": _selector(number)},
        }

    def autoscaler(self, number: int) -> Object:
        bounds = {"minAllowed": {"cpu": "50m"}, "maxAllowed": {"cpu": "4"}, "step": {"cpu": "50m"}}
        ladder = {
            "maxReplicas": PODS_EACH if self._pressed(number) else 10,
            "dryRun": self._pressed(number),
            "vertical": {"mode": "InPlace", "containers": [{"name": name, **bounds} for name in _CONTAINERS]},
            "overEdge": {"tiers": ["neighbor", "cloud"], "maxReplicas": 4},
        }
        return {
            "metadata": {**_metadata(number, uid=f"autoscaler-{number}"), "generation": 1},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": _name(number)},
                "minReplicas": 1,
                "maxReplicas": 10,
                "metrics": _METRICS[number % len(_METRICS)],
                "forecast": {"mode": self._forecast},
                **(ladder if self._rungs else {}),
            },
            "status": {},
        }

    # what is measured

    def _answer(self, path: str) -> Any:
        if path == f"{METRICS}/pods":
            return {"metadata": {}, "items": [self._usage(number) for number in range(self._many * PODS_EACH)]}
        if path == CUSTOM:
            return CUSTOM_V1BETA2[CUSTOM]
        if path == _NETWORKING:
            return resources(("ingresses", "Ingress", True))
        if path.startswith(EXTERNAL):
            return {"metadata": {}, "items": [self._number(10 * PODS_EACH)]}
        if path.startswith(CUSTOM):
            namespace = int(path.partition("/namespaces/team-")[2].partition("/")[0])
            if "/pods/*/" not in path:
                return {"metadata": {}, "items": [self._number(10 * PODS_EACH)]}
            pods = [number for number in range(self._many * PODS_EACH) if number % self._many % NAMESPACES == namespace]
            items = [{"describedObject": {"kind": "Pod", "name": self._pod_name(number)}, **self._number(10)}
                     for number in pods]  # fmt: skip
            return {"metadata": {}, "items": items}
        raise refusal(404, "NotFound", f"nobody serves {path}")

    def _usage(self, number: int) -> Object:
        """Half of what is requested, or all of it."""
        template = number % self._many
        cpu = (100 + template % 4 * 50) * (1.0 if self._pressed(template) else 0.5) * self._near()
        usage = {"cpu": f"{cpu * 1e6:.0f}n", "memory": f"{(64 + template % 8 * 32) * 512 * self._near():.0f}Ki"}
        return {
            "metadata": {"name": self._pod_name(number), "namespace": _namespace(template)},
            "timestamp": at(self.now_s - 10),
            "window": "10.2s",
            "containers": [{"name": name, "usage": usage} for name in _CONTAINERS],
        }

    def _number(self, about: float) -> Object:
        return {"timestamp": at(self.now_s - 5), "value": f"{about * 1000 * self._near():.0f}m"}

    def _near(self) -> float:
        return float(self._rng.uniform(0.97, 1.03))

    def _pressed(self, template: int) -> bool:
        return self._rungs and template % PRESSED == 0

    def _pod_name(self, number: int) -> str:
        template = number % self._many
        return f"{_name(template)}-{template * 7919:010x}-{number:05x}"


def _name(number: int) -> str:
    return f"service-{number}"


def _namespace(number: int) -> str:
    return f"team-{number % NAMESPACES}"


def _metadata(number: int, *, uid: str) -> Object:
    return {"name": _name(number), "namespace": _namespace(number), "uid": uid, "resourceVersion": "1"}


def _selector(number: int) -> Object:
    return {"matchLabels": {"app.kubernetes.io/name": _name(number)}}


def _average(kind: str, **source: Any) -> Object:
    target = {"type": "AverageValue", "averageValue": "10"}
    return {"type": kind, kind.lower(): {**source, "target": target}}


def _utilization(name: str, **more: str) -> Object:
    kind = "ContainerResource" if more else "Resource"
    target = {"type": "Utilization", "averageUtilization": 50}
    return {"type": kind, kind[0].lower() + kind[1:]: {"name": name, **more, "target": target}}


_INGRESS = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "main"}
_CPU = _utilization("cpu")
# the kinds in turn; those of one namespace share the names of their metrics
_METRICS: tuple[list[Object], ...] = (
    [_CPU],
    [_CPU, _utilization("memory")],
    [_utilization("cpu", container="c0")],
    [_CPU, _average("Pods", metric={"name": "requests"})],
    [_CPU, _average("Object", describedObject=_INGRESS, metric={"name": "hits"})],
    [_CPU, _average("External", metric={"name": "queue"})],
    [_CPU, _average("Prometheus", query="sum(rate(requests_total[1m]))")],
)
