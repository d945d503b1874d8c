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

        def printed(*command: str) -> str:
            environ = {**os.environ, "KUBECONFIG": str(kubeconfig)}
            return subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60).stdout

        nodes = printed(kubectl, *shown.split()).splitlines()
        assert len(nodes) == 1 + 20
        assert len([row for row in nodes if row.split()[1] == "Ready"]) == 20
        assert len([row for row in nodes if "NVIDIA-A100" in row and " cloud " in row]) == 4

        applied, explained = (
            re.findall(r"kubectl (apply .+)", told)[0],
            re.findall(r"(\S+/edgeward explain .+)", told)[0],
        )
        assert printed(kubectl, *applied.split()) == "pod/camera created\n"
        printed(kubectl, "wait", "pod/camera", "--for=condition=PodScheduled", "--timeout=30s")
        node = printed(kubectl, "get", "pod", "camera", "-o", "jsonpath={.spec.nodeName}")
        why = printed(*explained.split())
        assert node.startswith("local-")
        assert f"default/camera is on {node}" in why
        assert "latency 41 ms > 20 ms (ar-vr) from local" in why
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(30) == 0
        assert not kubeconfig.parent.parent.exists()
    finally:
        running.kill()
        running.wait(10)
        running.stdout.close()
