"""The Dockerfile: what its instructions promise, and that what they install runs."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT
from tests.manifests.reading import SECOND

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INSTRUCTIONS = {"ARG", "FROM", "WORKDIR", "COPY", "RUN", "LABEL", "ENV", "USER", "ENTRYPOINT", "CMD"}


class Instruction(NamedTuple):
    word: str
    rest: str


def instructions() -> list[Instruction]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return [Instruction(*line.split(maxsplit=1)) for line in lines.splitlines() if line.strip()]


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for each in instructions():
        if each.word == "FROM":
            found.append([])
        if found:
            found[-1].append(each)
    return found


def test_only_known_instructions() -> None:
    assert {each.word for each in instructions()} <= INSTRUCTIONS


def test_what_runs_starts_from_a_clean_stage_and_brings_only_what_was_installed() -> None:
    build, run = stages()
    assert build[0].rest.endswith(" AS build")
    assert [each.rest for each in run if each.word == "COPY"] == ["--from=build /opt/edgeward /opt/edgeward"]
    assert not [each for each in run if each.word == "RUN"], "nothing is run where it ends up, so no shell is needed"


def test_it_runs_as_nobody_and_without_a_shell() -> None:
    *_, run = stages()
    by_word = {each.word: each.rest for each in run}
    user, group = map(int, by_word["USER"].split(":"))
    assert min(user, group) >= 10_000
    assert json.loads(by_word["ENTRYPOINT"]) == ["/opt/edgeward/bin/edgeward"]
    assert json.loads(by_word["CMD"]) == ["--help"]
    assert "PYTHONDONTWRITEBYTECODE=1" in by_word["ENV"], "the root file system is read-only"


def test_every_installation_is_from_hashes_or_is_our_own_wheel() -> None:
    installs = [
        part for each in instructions() if each.word == "RUN" for part in each.rest.split("&&") if " install " in part
    ]
    assert len(installs) == 3
    for each in installs:
        assert "--require-hashes" in each or ("--no-deps" in each and each.rstrip().endswith("/src/dist/*.whl"))


def test_python_is_one_that_the_project_is_for() -> None:
    (version,) = [each.rest.removeprefix("PYTHON=") for each in instructions() if each.word == "ARG"]
    assert f"Programming Language :: Python :: {version}" in PROJECT["project"]["classifiers"]


def is_sent(path: str) -> bool:
    """Whether the builder gets that file, by .dockerignore: the last line that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#"):
            parents = [path, *(str(parent) for parent in Path(path).parents)][:-1] or [path]
            if any(fnmatch.fnmatch(each, pattern.removeprefix("**/")) or each == pattern for each in parents) or (
                pattern.startswith("**/") and any(fnmatch.fnmatch(part, pattern[3:]) for part in Path(path).parts)
            ):
                sent = line.startswith("!")
    return sent


def test_builder_gets_what_the_wheel_is_made_of_and_nothing_else() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    for name in (*wheel, "pyproject.toml", "README.md", "LICENSE", "requirements/run.txt", "requirements/build.txt"):
        assert is_sent(f"{name}/x.py" if (ROOT / name).is_dir() else name), name
    for name in (".git/config", ".venv/bin/python", "tests/x.py", "Makefile", "kube/__pycache__/x.pyc", "secret.env"):
        assert not is_sent(name), name


@pytest.mark.slow
def test_what_the_dockerfile_installs_runs(tmp_path: Path) -> None:
    """Its own RUN lines, in another folder and with a Python of its own: no engine is needed for them."""
    source, target, python = tmp_path / "src", tmp_path / "opt" / "edgeward", tmp_path / "python"
    subprocess.run([sys.executable, "-m", "venv", str(python)], check=True)
    for path in filter(lambda each: is_sent(each.name), ROOT.iterdir()):
        if path.is_dir():
            shutil.copytree(path, source / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            source.mkdir(exist_ok=True)
            shutil.copy(path, source)
    environ = {**os.environ, "PATH": f"{python / 'bin'}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    for each in stages()[0]:
        if each.word == "RUN":
            line = each.rest.replace("/opt/edgeward", str(target)).replace("/src", str(source))
            subprocess.run(["/bin/sh", "-ec", line], cwd=source, env=environ, check=True, timeout=900)
    shutil.rmtree(source)
    shutil.rmtree(python / "lib")  # nothing of it is needed any more

    def said(*words: str) -> str:
        command = [str(target / "bin" / "edgeward"), *words]
        answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
        return answer.stdout

    assert said("--version") == f"edgeward {PROJECT['project']['version']}\n"
    assert "edge-default" in said("policies", "edge-default")
    assert "listen:" in said("scheduler", "--example-config")
    assert "targets:" in said("prober", "--example-config", "--config", "x")
    assert "nothing to complain about" in said("lint", str(SECOND / "kube-scheduler.yaml"))
