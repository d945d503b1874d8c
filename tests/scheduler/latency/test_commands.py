from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner, Result

from edgeward import command_line
from scheduler.latency.prober.config import EXAMPLE


def run(*words: str) -> Result:
    return CliRunner().invoke(command_line(), ["prober", *words], prog_name="edgeward")


def test_the_example_is_a_file_to_start_from() -> None:
    result = run("--example-config")
    assert (result.exit_code, result.stdout) == (0, EXAMPLE)


def test_all_that_is_wrong_with_the_file_is_told_and_the_exit_code_is_2(tmp_path: Path) -> None:
    file = tmp_path / "prober.yaml"
    file.write_text("every_s: 0\nsitee: x\n")
    result = run("--config", str(file))
    assert result.exit_code == 2
    assert "site is missing" in result.stderr
    assert "every_s must be > 0, got 0" in result.stderr
    assert "sitee is not a known key (did you mean 'site'?)" in result.stderr


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = run("--config", str(tmp_path / "nothing.yaml"))
    assert result.exit_code == 2
    assert "nothing.yaml: cannot be read" in result.stderr


def test_the_agent_does_without_what_is_big() -> None:
    code = "import json, sys, scheduler.latency.prober.process; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy", "kubernetes", "policies.model"} & set(json.loads(answer.stdout))
