"""`make cluster` gives a person what its words say, and takes it away at Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.cluster.build import Programs
from tests.conftest import ROOT


def test_person_can_paste_what_it_prints_and_ctrl_c_ends_it(programs: Programs) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.cluster"], cwd=ROOT, stdout=subprocess.PIPE, text=True, process_group=0
    )
    assert running.stdout
    try:
        told = ""
        while "Ctrl-C" not in told:
            line = running.stdout.readline()
            assert line, f"it ended after {told}"
            told += line
        kubeconfig = Path(re.findall(r"export KUBECONFIG=(\S+)", told)[0])
        kubectl, shown = re.findall(r"alias kubectl=(\S+)", told)[0], re.findall(r"kubectl (get nodes .+)", told)[0]
        nodes = subprocess.run(
            [kubectl, *shown.split()],
            env={**os.environ, "KUBECONFIG": str(kubeconfig)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.splitlines()
        assert len(nodes) == 1 + 20
        assert len([row for row in nodes if row.split()[1] == "Ready"]) == 20
        assert len([row for row in nodes if "NVIDIA-A100" in row and " cloud " in row]) == 4
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(30) == 0
        assert not kubeconfig.parent.parent.exists()
    finally:
        running.kill()
        running.wait(10)
        running.stdout.close()
