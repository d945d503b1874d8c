"""A program of ours as a process beside a control plane, with what tests do to it: read its pages, kill it, hang it.

It ends with the plane. After `kill` or `stop`, `start` comes back on the same port.
"""

from __future__ import annotations

import http.client
import os
import signal
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ProgramError
from tests.cluster.ports import HOST
from tests.cluster.waiting import until_blocking

_READY_S = 60.0
_PAGE_S = 30.0
_ROOT = Path(__file__).resolve().parents[2]


class Program:
    """`edgeward COMMAND --config FILE`, with pages on *port*; `start` writes *settings* as that file."""

    def __init__(
        self,
        plane: ControlPlane,
        *,
        command: str,
        name: str,
        port: int,
        settings: Mapping[str, Any],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name, self.port = name, port
        self._plane, self._command, self._settings, self._tls = plane, command, settings, tls

    def start(self, *, await_ready: bool = True) -> None:
        """Start it (again), and return when it knows the cluster."""
        file = self._plane.folder / f"{self.name}-config.yaml"
        file.write_text(yaml.safe_dump(dict(self._settings)), encoding="utf-8")
        argv = [sys.executable, "-m", "edgeward", self._command, "--config", str(file)]
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
        connection = (
            http.client.HTTPSConnection(HOST, self.port, timeout=_PAGE_S, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(HOST, self.port, timeout=_PAGE_S)
        )
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

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

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self._plane.processes.pid(self.name), number)
