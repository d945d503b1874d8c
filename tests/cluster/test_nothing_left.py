"""Whatever dies, and however: no program, no port and, unless all die at once, no folder is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.build import Programs
from tests.cluster.ports import is_open
from tests.cluster.waiting import until_blocking
from tests.conftest import ROOT

_GONE_WITHIN_S = 20.0  # the watchdog needs about two; a program that ignores SIGTERM gets five seconds

# A whole control plane of another process, which tells what it started and then waits.
_OWNER = """
import json, sys
from pathlib import Path
from tests.cluster.build import Programs
from tests.cluster.control_plane import ControlPlane

with ControlPlane(Programs(folder=Path(sys.argv[1]))) as plane:
    plane.start_scheduler()
    names = [path.stem for path in plane.folder.glob("*.log")]
    print(json.dumps({
        "folder": str(plane.folder),
        "watchdog": plane.processes.watchdog_pid,
        "pids": {name: plane.processes.pid(name) for name in names},
        "ports": plane.ports.claimed,
    }), flush=True)
    sys.stdin.read()
"""


class Owner:
    """That process, and what it said."""

    def __init__(self, programs: Programs) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWNER, str(programs.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert self.process.stdout
        self.said: dict[str, Any] = json.loads(self.process.stdout.readline())

    def left(self) -> list[str]:
        """What is still there of it."""
        pids = {**self.said["pids"], "watchdog": self.said["watchdog"]}
        return [
            *(f"{name} (pid {pid})" for name, pid in pids.items() if _runs(pid)),
            *(f"port {port}" for port in self.said["ports"] if is_open(port)),
            *([self.said["folder"]] if Path(self.said["folder"]).exists() else []),
        ]

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # one that has ended and waits for its parent to ask


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_nothing_is_left_of_a_control_plane_whose_owner_is_killed(programs: Programs, how: signal.Signals) -> None:
    owner = Owner(programs)
    try:
        assert set(owner.said["pids"]) == {
            "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok",
        }  # fmt: skip
        assert len(owner.left()) > len(owner.said["pids"])
        owner.process.send_signal(how)
        until_blocking(
            lambda: not owner.left(), what=lambda: f"these to be gone: {owner.left()}", timeout_s=_GONE_WITHIN_S
        )
    finally:
        owner.close()


def test_no_program_outlives_the_watchdog_and_the_owner_removes_the_folder(programs: Programs) -> None:
    owner = Owner(programs)
    try:
        os.kill(owner.said["watchdog"], signal.SIGKILL)
        until_blocking(
            lambda: owner.left() == [owner.said["folder"]],
            what=lambda: f"only the folder to be left of {owner.left()}",
            timeout_s=_GONE_WITHIN_S,
        )
        assert owner.process.stdin
        owner.process.stdin.close()  # it goes on, and leaves the `with`
        assert owner.process.wait(_GONE_WITHIN_S) == 0
        assert owner.left() == []
    finally:
        owner.close()
