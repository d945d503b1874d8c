"""`edgeward scheduler` as a process beside a control plane, as a user starts it, with what tests do to it.

    extender = RunningExtender(plane, profile="edge-shortlist")
    plane.start_scheduler(extender.scheduler_config(weight=13))

It ends with the plane.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ProgramError
from tests.cluster.mutual_tls import MutualTls
from tests.cluster.objects import Manifest
from tests.cluster.ports import HOST
from tests.cluster.program import Program

NAMESPACE = "kube-system"  # where its ConfigMaps are
HTTP_TIMEOUT = "2s"  # both sides must know it: the extender answers within 80 % of it
_VERBS = {"filterVerb": "filter", "prioritizeVerb": "prioritize", "preemptVerb": "preempt", "bindVerb": "bind"}


class RunningExtender(Program):
    """One extender. *settings* are those of its configuration file, beside where it listens and what it watches."""

    def __init__(
        self,
        plane: ControlPlane,
        *,
        name: str = "extender",
        kubeconfig: Path | None = None,
        https: bool = False,
        await_ready: bool = True,
        **settings: Any,
    ) -> None:
        """With *https* it has a certificate, and wants one of its clients."""
        port = plane.ports.free()
        self.tls = MutualTls(plane.folder / f"{name}-pki") if https else None
        filled = {
            "listen": {"host": HOST, "port": port, "drain_s": 0.5, **(self.tls.listen if self.tls else {})},
            "kube": {"kubeconfig": str(kubeconfig or plane.kubeconfig)},
            "namespace": NAMESPACE,
            "http_timeout_s": HTTP_TIMEOUT,
            "log": {"format": "text"},
            **settings,
        }
        context = self.tls.context if self.tls else None
        super().__init__(plane, command="scheduler", name=name, port=port, settings=filled, tls=context)
        self.start(await_ready=await_ready)

    @property
    def url(self) -> str:
        """What urlPrefix is."""
        return f"{'https' if self.tls else 'http'}://{HOST}:{self.port}/scheduler"

    def explain(self, namespace: str, pod: str) -> dict[str, Any]:
        """What it says of a pod."""
        status, text = self.get(f"/explain/{namespace}/{pod}")
        if status != http.HTTPStatus.OK:
            raise ProgramError(f"explain {namespace}/{pod}: {status} {text}")
        told: dict[str, Any] = json.loads(text)
        return told

    def scheduler_config(
        self,
        *,
        weight: int = 13,
        percentage: int = 100,
        http_timeout: str = HTTP_TIMEOUT,
        without: Sequence[str] = (),
        scheduler_name: str = "default-scheduler",
        **extender: Any,
    ) -> dict[str, Any]:
        """A KubeSchedulerConfiguration that asks it; *without* leaves verbs out, *extender* adds to its entry."""
        entry = {
            "urlPrefix": self.url,
            **{key: verb for key, verb in _VERBS.items() if verb not in without},
            "weight": weight,
            "nodeCacheCapable": True,
            "httpTimeout": http_timeout,
            **(self.tls.extender if self.tls else {}),
            **extender,
        }
        return {
            "percentageOfNodesToScore": percentage,
            "profiles": [{"schedulerName": scheduler_name}],
            "extenders": [entry],
        }


def latency_config_map(
    rtt_ms: Mapping[tuple[str, str], float], *, name: str = "latency", measured_at: datetime | None = None
) -> Manifest:
    """A ConfigMap that the extender reads: p95 (and p50) by pair of sites; the way back is the same."""
    at = {"measured_at": measured_at.isoformat()} if measured_at else {}
    lines = [{"from": a, "to": b, "p50_ms": ms, "p95_ms": ms, **at} for (a, b), ms in rtt_ms.items()]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"edgeward.dev/config": "latency"}},
        "data": {"latency.yaml": yaml.safe_dump(lines)},
    }


def profiles_config_map(profiles: Mapping[str, str], *, name: str = "profiles") -> Manifest:
    """A ConfigMap with profiles: YAML texts by profile name."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"edgeward.dev/config": "profiles"}},
        "data": {f"{profile}.yaml": text for profile, text in profiles.items()},
    }
