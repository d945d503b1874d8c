"""The rules of the house: import arrows that bite, no dice in policies, a wheel with all in it, honest lock files.

`make lint` checks the contracts of pyproject.toml on the code as it is. Here they are checked themselves: a copy of the
code in which each rule is broken once must break each contract.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINTER = PROJECT["tool"]["importlinter"]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc")

# One line of code that breaks the contract of that id, and the file it is written into.
BREACHES = {
    "arrows": ("policies/model/site.py", "import simulations.errors"),
    "command-line": ("simulations/errors.py", "import edgeward"),
    "offline": ("simulations/errors.py", "import scheduler"),
    "policies-layers": ("policies/errors.py", "import policies.model.site"),
    "policies-apart": ("policies/latency.py", "import policies.hint"),
    "pure": ("policies/latency.py", "import time"),
    "vocabulary": ("policies/model/node.py", "import pydantic"),
    "planner": ("autoscaler/planner/errors.py", "import kube"),
}


@pytest.fixture(scope="module")
def broken_house(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy in which every contract is broken."""
    copy = tmp_path_factory.mktemp("house")
    for package in LINTER["root_packages"]:
        shutil.copytree(ROOT / package, copy / package, ignore=NOT_SHIPPED)
    shutil.copy(ROOT / "pyproject.toml", copy)
    for file, line in BREACHES.values():
        with (copy / file).open("a", encoding="utf-8") as code:
            code.write(f"\n{line}\n")
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([linter, "--no-cache", "--no-logo"], cwd=copy, capture_output=True, text=True, check=False)
    return " ".join(answer.stdout.split())


@pytest.mark.parametrize("contract", LINTER["contracts"], ids=lambda contract: contract["id"])
def test_contract_is_broken_by_its_breach(broken_house: str, contract: dict[str, str]) -> None:
    assert contract["id"] in BREACHES
    assert f"{contract['name']} BROKEN" in broken_house


def test_every_folder_of_code_is_a_package() -> None:
    """import-linter passes over a folder without `__init__.py`, and with it over every arrow in there."""
    folders = {path.parent for package in LINTER["root_packages"] for path in (ROOT / package).rglob("*.py")}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_every_package_is_under_the_contracts_and_in_the_wheel() -> None:
    assert sorted(LINTER["root_packages"]) == PACKAGES
    assert sorted(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]) == sorted(
        ["edgeward.py", *PACKAGES]
    )


# All of `policies` and the planner but the reader of profiles and the command line's part.
DECIDING = [
    path
    for folder in ("policies", "autoscaler/planner")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.name not in {"catalogue.py", "commands.py"}
]


@pytest.mark.parametrize("path", DECIDING, ids=lambda path: str(path.relative_to(ROOT)))
def test_deciding_code_neither_opens_nor_prints_nor_rolls_dice(path: Path) -> None:
    """What import contracts cannot see, since builtins and numpy.random need no import of their own."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"open", "print", "input", "exec", "eval", "breakpoint"}, (
                f"line {node.lineno}: {called}"
            )
            assert not re.search(r"\brandom\.(?!Generator\b)", called), f"line {node.lineno}: {called}"


def test_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("edgeward-*.whl")
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    wanted = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert shipped == wanted | {"edgeward.py"}


def pins(name: str) -> set[str]:
    """The lines of a lock file that name a version, each with the Pythons and platforms it is for."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return {line.rstrip(" \\") for line in lines if "==" in line}


def test_lock_files_agree_and_cover_what_the_project_asks_for() -> None:
    assert pins("run.txt") | pins("build.txt") <= pins("dev.txt")
    locked = {pin.partition("==")[0] for pin in pins("run.txt")}
    assert {re.split(r"[><=~]", wanted)[0] for wanted in PROJECT["project"]["dependencies"]} <= locked


def test_lock_files_hold_versions_and_hashes_only() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(
                r"[a-z0-9.-]+(\[[a-z]+\])?==[\w.]+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
            )
