"""An API server with metrics APIs: what it answers by path, with FakeKube's faults, and builders of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from kube.client import CALL_TIMEOUT_S, NO_PARAMS
from kube.errors import refusal
from tests.fakes import FakeKube

METRICS = "/apis/metrics.k8s.io/v1beta1"
CUSTOM = "/apis/custom.metrics.k8s.io"
EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1"


class MetricsKube(FakeKube):
    """`answers` by path: bytes as they are, all else as JSON. What has no answer is 404."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.answers: dict[str, Any] = dict(answers or {})

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        await self._arrive("get", path, params, timeout_s)
        if path not in self.answers:
            raise refusal(404, "NotFound", "the server could not find the requested resource")
        answer = self.answers[path]
        return answer if isinstance(answer, bytes) else msgspec.json.encode(answer)

    @property
    def paths(self) -> list[str]:
        """What was read, in order."""
        return [path for _, path, _ in self.calls]


def listed(*items: Any) -> dict[str, Any]:
    return {"kind": "AList", "metadata": {}, "items": list(items)}


def at(seconds: float) -> str:
    """As the API writes times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pod_metrics(
    name: str, usage: Mapping[str, Any], *, namespace: str = "web", at_s: float = 1000, window: str = "15.2s"
) -> dict[str, Any]:
    """`usage` by container: `{"main": {"cpu": "250m"}}`."""
    return {
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": at(at_s)},
        "timestamp": at(at_s),
        "window": window,
        "containers": [{"name": container, "usage": amounts} for container, amounts in usage.items()],
    }


def custom_value(value: Any, *, name: str = "p1", kind: str = "Pod", at_s: float = 1000, **more: Any) -> dict[str, Any]:
    """As v1beta2 has it; `metricName="rps"` instead of `metric` makes it v1beta1."""
    described = {"kind": kind, "namespace": "web", "name": name, "apiVersion": "/v1"}
    metric = {} if "metricName" in more else {"metric": {"name": "rps", "selector": None}}
    return {"describedObject": described, **metric, "timestamp": at(at_s), "value": value, **more}


def external_value(value: Any, *, at_s: float = 1000, **labels: str) -> dict[str, Any]:
    return {"metricName": "queue", "metricLabels": labels, "timestamp": at(at_s), "value": value}


def group(name: str, *versions: str, preferred: str = "") -> dict[str, Any]:
    """What `/apis/NAME` answers."""
    served = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {
        "kind": "APIGroup",
        "versions": served,
        "preferredVersion": served[versions.index(preferred or versions[0])],
    }


def resources(*lines: tuple[str, str, bool]) -> dict[str, Any]:
    """What `/apis/GROUP/VERSION` answers: (name, kind, namespaced)."""
    return {
        "kind": "APIResourceList",
        "resources": [{"name": name, "kind": kind, "namespaced": namespaced} for name, kind, namespaced in lines],
    }


CUSTOM_V1BETA2 = {CUSTOM: group("custom.metrics.k8s.io", "v1beta2", "v1beta1")}
CUSTOM_V1BETA1 = {CUSTOM: group("custom.metrics.k8s.io", "v1beta1")}
