"""`edgeward scheduler` as a process beside a control plane, as a user starts it, with what tests do to it.

    extender = RunningExtender(plane, profile="edge-shortlist")
    plane.start_scheduler(extender.scheduler_config(weight=13))

It ends with the plane. `kill`, `hang` and `go_on` are what happens to processes; after `kill`, `start` comes back on
the same port.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
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
from tests.cluster.waiting import until_blocking

NAMESPACE = "kube-system"  # where its ConfigMaps are
HTTP_TIMEOUT = "2s"  # both sides must know it: the extender answers within 80 % of it
_READY_S = 60.0
_PAGE_S = 30.0
_ROOT = Path(__file__).resolve().parents[2]
_VERBS = {"filterVerb": "filter", "prioritizeVerb": "prioritize", "preemptVerb": "preempt", "bindVerb": "bind"}


class RunningExtender:
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
        self.name = name
        self.port = plane.ports.free()
        self.tls = MutualTls(plane.folder / f"{name}-pki") if https else None
        self._plane = plane
        self._file = plane.folder / f"{name}-config.yaml"
        self._settings: dict[str, Any] = {
            "listen": {"host": HOST, "port": self.port, "drain_s": 0.5, **(self.tls.listen if self.tls else {})},
            "kube": {"kubeconfig": str(kubeconfig or plane.kubeconfig)},
            "namespace": NAMESPACE,
            "http_timeout_s": HTTP_TIMEOUT,
            "log": {"format": "text"},
            **settings,
        }
        self.start(await_ready=await_ready)

    @property
    def url(self) -> str:
        """What urlPrefix is."""
        return f"{'https' if self.tls else 'http'}://{HOST}:{self.port}/scheduler"

    def start(self, *, await_ready: bool = True) -> None:
        """Start it (again), and return when it knows the cluster."""
        self._file.write_text(yaml.safe_dump(self._settings), encoding="utf-8")
        argv = [sys.executable, "-m", "edgeward", "scheduler", "--config", str(self._file)]
        self._plane.processes.start(self.name, argv, environ={"PYTHONPATH": str(_ROOT)})
        if await_ready:
            self.await_ready()

    def await_ready(self) -> None:
        """Return when /readyz says so."""
        until_blocking(
            self.is_ready,
            what=lambda: f"{self.name} to be ready; {self._plane.processes.last_words(self.name)}",
            timeout_s=_READY_S,
        )

    def is_ready(self) -> bool:
        """What /readyz says; ProgramError when the process has ended."""
        code = self._plane.processes.exit_code(self.name)
        if code is not None:
            raise ProgramError(f"{self.name} ended with {code}; {self._plane.processes.last_words(self.name)}")
        try:
            return self.get("/readyz")[0] == http.HTTPStatus.OK
        except OSError:
            return False

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        return self._plane.processes.stop(self.name)

    def kill(self) -> None:
        """As a crash does it."""
        self._signal(signal.SIGKILL)
        until_blocking(
            lambda: self._plane.processes.exit_code(self.name) is not None, what=f"{self.name} to be dead", timeout_s=10
        )

    def hang(self) -> None:
        """It answers nothing, and its connections stay open."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `hang`."""
        self._signal(signal.SIGCONT)

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of one of its pages."""
        if self.tls:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                HOST, self.port, timeout=_PAGE_S, context=self.tls.context
            )
        else:
            connection = http.client.HTTPConnection(HOST, self.port, timeout=_PAGE_S)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def explain(self, namespace: str, pod: str) -> dict[str, Any]:
        """What it says of a pod."""
        status, text = self.get(f"/explain/{namespace}/{pod}")
        if status != http.HTTPStatus.OK:
            raise ProgramError(f"explain {namespace}/{pod}: {status} {text}")
        told: dict[str, Any] = json.loads(text)
        return told

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all series with these labels; ProgramError when there is no such metric."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        lines = self.get("/metrics")[1].splitlines()
        if not any(line.startswith(f"# HELP {name.removesuffix('_count').removesuffix('_sum')} ") for line in lines):
            raise ProgramError(f"{self.name}: no metric is called {name}")
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.partition("{")[0].partition(" ")[0] == name and all(each in line for each in wanted)
        )

    def log(self) -> str:
        """All that it has said."""
        return self._plane.logs(self.name)

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

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self._plane.processes.pid(self.name), number)


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
