"""The metrics adapter as a process beside a control plane, and which of its APIs the API server has."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from tests.cluster.api import Api
from tests.cluster.autoscaling.adapter import CUSTOM, EXTERNAL
from tests.cluster.control_plane import ControlPlane
from tests.cluster.metrics_api import NAMESPACE, api_service, service
from tests.cluster.ports import is_open
from tests.cluster.waiting import until, until_blocking

CustomVersion = Literal["v1beta1", "v1beta2"]
_NAME = "metrics-adapter"
_ROOT = Path(__file__).resolve().parents[3]


class MetricsAdapter:
    """One adapter, which ends with the plane; `stop` it and its APIs answer 503 until `start`."""

    def __init__(self, plane: ControlPlane, *, prometheus: str) -> None:
        self._plane, self._prometheus = plane, prometheus
        self._port = plane.ports.free()
        self.start()

    def start(self) -> None:
        """Return when it can be reached."""
        pair = self._plane.certificates.server
        options = {
            "--port": self._port,
            "--certificate": pair.certificate,
            "--key": pair.key,
            "--prometheus": self._prometheus,
            "--kubeconfig": self._plane.kubeconfig,
        }
        argv = [sys.executable, "-m", "tests.cluster.autoscaling.adapter"]
        argv += [str(word) for option in options.items() for word in option]
        self._plane.processes.start(_NAME, argv, environ={"PYTHONPATH": str(_ROOT)})
        until_blocking(
            lambda: is_open(self._port),
            what=lambda: f"{_NAME} to listen; {self._plane.processes.last_words(_NAME)}",
            timeout_s=30.0,
        )

    def stop(self) -> None:
        """The API server finds nobody there."""
        self._plane.processes.stop(_NAME)

    async def register(self, api: Api, *, custom: CustomVersion) -> None:
        """External metrics, and custom ones in that version only, when they are available."""
        if await api.find("Service", _NAME, namespace=NAMESPACE) is None:
            await api.create(service(_NAME, self._port))
        wanted = {f"{custom}.{CUSTOM}": (CUSTOM, custom), f"v1beta1.{EXTERNAL}": (EXTERNAL, "v1beta1")}
        for registered in await api.all("APIService"):
            name = registered["metadata"]["name"]
            if name.endswith(f".{CUSTOM}") and name not in wanted:
                await api.delete("APIService", name)
        for name, (group, version) in wanted.items():
            if await api.find("APIService", name) is None:
                await api.create(api_service(group, version, service=_NAME, port=self._port))

        async def available() -> bool:
            told = [await api.get("APIService", name) for name in wanted]
            conditions = [each for one in told for each in one.get("status", {}).get("conditions", ())]
            return [each["status"] for each in conditions if each["type"] == "Available"] == ["True"] * len(wanted)

        await until(available, what="custom and external metrics to be available", timeout_s=60.0)
