"""`edgeward scheduler` as a process: what it says on standard error, and the code that it ends with."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT
from tests.scheduler.kube_server import kubeconfig

PATIENCE_S = 30.0
# nothing of the machine's own is asked for
ENVIRON = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "COLUMNS": "200", "PYTHONPATH": str(ROOT)}


@contextmanager
def process(*words: str | Path) -> Iterator[subprocess.Popen[str]]:
    """The program with these words; killed if it has not ended by then."""
    command = [sys.executable, "-m", "edgeward", "scheduler", *map(str, words)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRON, cwd=ROOT
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def ended(*words: str | Path) -> tuple[int, str]:
    """Its exit code and all that it said on standard error; on standard output it says nothing."""
    with process(*words) as started:
        out, err = started.communicate(timeout=PATIENCE_S)
    assert out == ""
    return started.returncode, err


def config(folder: Path, text: str) -> Path:
    path = folder / "scheduler.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_problems_of_a_configuration_are_told_at_once(tmp_path: Path) -> None:
    text = "listen: {port: 99999, prot: 1}\nhttp_timeout_s: soon\nprofile: ''\nlatency: {fresh_s: -1}\n"
    code, said = ended("--config", config(tmp_path, text))
    assert code == 2
    lines = said.splitlines()
    assert len(lines) == 5
    for path, line in zip(
        ("listen.port", "listen.prot", "http_timeout_s", "profile", "latency.fresh_s"),
        sorted(lines, key=_place),
        strict=True,
    ):
        assert f"scheduler.yaml: {path}" in line
    assert "99999" in said
    assert "did you mean 'port'" in said
    assert "Traceback" not in said


def _place(line: str) -> int:
    order = ("listen.port", "listen.prot", "http_timeout_s", "profile", "latency.fresh_s")
    return next(number for number, path in enumerate(order) if f": {path}" in line)


def test_configuration_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    code, said = ended("--config", tmp_path / "none.yaml")
    assert code == 2
    assert said.startswith(f"edgeward: {tmp_path / 'none.yaml'}: cannot be read: ")
    assert said.count("\n") == 1


def test_kubeconfig_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    code, said = ended("--kubeconfig", tmp_path / "none", "--port", "0")
    assert code == 2
    assert str(tmp_path / "none") in said
    assert said.count("\n") == 1


def test_no_cluster_anywhere_says_where_it_looked() -> None:
    code, said = ended("--port", "0")
    assert code == 2
    assert said.startswith("edgeward: ")
    assert "kubeconfig" in said.lower()
    assert said.count("\n") == 1


def test_port_that_is_taken_is_one_line_and_exit_1(tmp_path: Path, unused_tcp_port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = ended("--kubeconfig", kubeconfig(tmp_path, unused_tcp_port), "--port", str(port))
    assert code == 1
    told = [line for line in said.splitlines() if not line.startswith("{")]  # beside its log
    assert told == [f"edgeward: cannot listen on 127.0.0.1:{port}: address already in use"]


def test_cluster_that_is_not_in_reach_is_one_line_of_the_log_and_it_ends_when_told(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    file = config(tmp_path, "listen: {port: 0, drain_s: 0}\nlog: {format: json}\n")
    with process("--config", file, "--kubeconfig", kubeconfig(tmp_path, unused_tcp_port)) as started:
        assert started.stderr is not None
        lines: list[str] = []
        while not any("trying again" in line for line in lines):
            lines.append(started.stderr.readline())
            assert lines[-1], lines  # it has ended
        started.send_signal(signal.SIGTERM)
        _, rest = started.communicate(timeout=PATIENCE_S)
    assert started.returncode == 0
    told = [json.loads(line) for line in [*lines, *rest.splitlines()]]
    warnings = [each for each in told if each["level"] == "warning"]
    why = f"cannot reach http://127.0.0.1:{unused_tcp_port}: connection refused; trying again until it answers"
    assert [each["message"] for each in warnings] == [why]
    assert "stopping" in [each["message"] for each in told]
