"""Scenario files and command lines of tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

import tests.simulations.fakes  # noqa: F401 - adds the kind `fake`
from edgeward import command_line

PROGRAM = Path(__file__).with_name("edgeward_with_fakes.py")
PATIENCE_S = 120.0  # for a program to end; far more than it takes


def write_scenario(folder: Path, name: str = "s.yaml", **parts: Any) -> Path:
    """A scenario's file that says only what a test is about."""
    content = {"kind": "fake", "policies": ["near", "far"], "seeds": [1, 2, 3]} | parts
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML
    return path


def edgeward(*words: object) -> Result:
    """The command in this process."""
    environment = {"COLUMNS": "120", "EDGEWARD_DATA": None}
    return CliRunner().invoke(command_line(), [str(word) for word in words], prog_name="edgeward", env=environment)


def arguments(*words: object) -> list[str]:
    """The command line of the same in a process of its own."""
    return [sys.executable, str(PROGRAM), *map(str, words)]


def edgeward_process(*words: object, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, to its end."""
    return subprocess.run(
        arguments(*words),
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
