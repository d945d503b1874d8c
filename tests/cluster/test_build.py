"""Building the programs: once, whole or not at all, and with a word for who lacks the compiler.

The compiler here is a script that notes each call, so that these tests take no minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.cluster.build import build
from tests.cluster.errors import BuildError, ToolchainError
from tests.conftest import ROOT

# `go version` and `go build … -o FILE`; what it builds prints its first argument.
_GO = """
    #!/bin/sh
    case $1 in
      version) echo "go version go{version} linux/amd64"; exit;;
    esac
    echo "$@" >> "{calls}"
    [ -z "$GO_FAILS" ] || {{ echo "main.go:1:1: no good" >&2; exit 1; }}
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho "kind: $1"\\n' > "$2"
    chmod +x "$2"
"""


def fake_go(folder: Path, version: str = "1.26.4") -> dict[str, str]:
    """An environment whose only program is that script; beside it, `calls` lists what it was asked to build."""
    (folder / "bin").mkdir()
    go = folder / "bin" / "go"
    script = _GO.format(version=version, calls=folder / "calls")
    go.write_text(textwrap.dedent(script).lstrip(), encoding="utf-8")
    go.chmod(0o755)
    return {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "XDG_CACHE_HOME": str(folder / "cache")}


def calls(folder: Path) -> list[str]:
    path = folder / "calls"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def test_second_build_finds_the_first_and_says_nothing(tmp_path: Path) -> None:
    environ, said = fake_go(tmp_path), list[str]()
    first = build(said.append, environ=environ)
    assert "minutes" in said[0]
    assert "built in" in said[-1]
    assert first.stages.read_text(encoding="utf-8").count("kind:") == 2
    said.clear()
    assert build(said.append, environ=environ) == first
    assert said == []
    assert len(calls(tmp_path)) == 2  # the one binary, and kwok


def test_another_compiler_builds_anew(tmp_path: Path) -> None:
    (tmp_path / "older").mkdir()
    (tmp_path / "newer").mkdir()
    cache = tmp_path / "cache"
    older = build(print, cache=cache, environ=fake_go(tmp_path / "older", "1.26.4"))
    newer = build(print, cache=cache, environ=fake_go(tmp_path / "newer", "1.26.5"))
    assert older.folder != newer.folder
    assert older.kwok.exists()


def test_failed_build_says_why_and_leaves_nothing_that_looks_like_one(tmp_path: Path) -> None:
    environ = fake_go(tmp_path)
    with pytest.raises(BuildError, match="no good"):
        build(print, environ={**environ, "GO_FAILS": "1"})
    assert [path.name for path in (tmp_path / "cache" / "edgeward").iterdir()] == ["controlplane.lock"]
    assert build(print, environ=environ).controlplane.exists()


def test_two_processes_build_once(tmp_path: Path) -> None:
    environ = {**fake_go(tmp_path), "PYTHONPATH": str(ROOT)}
    program = "from tests.cluster.build import build; print(build().folder)"
    both = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    folders = {each.communicate(timeout=60)[0] for each in both}
    assert len(folders) == 1
    assert [each.returncode for each in both] == [0, 0]
    assert len(calls(tmp_path)) == 2


def test_missing_compiler_is_an_error_that_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"no `go` on PATH: install the package golang-go .* or Go 1\.\d+"):
        build(print, environ={"PATH": str(tmp_path), "HOME": str(tmp_path)})


def test_compiler_too_old_to_fetch_another_says_so(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"too old \(go version go1\.11\.6 linux/amd64\): install the package"):
        build(print, environ=fake_go(tmp_path, "1.11.6"))


def test_compiler_that_cannot_switch_by_itself_fetches_the_one_that_builds(tmp_path: Path) -> None:
    """Its `go mod download` tells where the newer one is, whose files are not marked as programs."""
    fetched = tmp_path / "fetched"
    (fetched / "pkg" / "tool" / "linux_amd64").mkdir(parents=True)
    newer = Path(fake_go(fetched, "1.26.4")["PATH"].split(":")[0]) / "go"
    compile_tool = fetched / "pkg" / "tool" / "linux_amd64" / "compile"
    compile_tool.touch()
    newer.chmod(0o444)
    environ = fake_go(tmp_path, "1.19.8")
    downloads = f"""  mod) echo '{{"Dir": "{fetched}"}}'; exit;;\n  env) echo linux; echo amd64; exit;;\nesac"""
    older = tmp_path / "bin" / "go"
    older.write_text(older.read_text(encoding="utf-8").replace("esac", downloads), encoding="utf-8")
    said: list[str] = []
    build(said.append, environ=environ)
    assert "go1.26.4" in said[0]
    assert (len(calls(tmp_path)), len(calls(fetched))) == (0, 2)
    assert os.access(compile_tool, os.X_OK)


def test_run_without_a_compiler_fails_and_does_not_skip(tmp_path: Path) -> None:
    environ = {**os.environ, "PATH": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-m", "cluster", "-p", "no:cacheprovider"]
    test = "tests/cluster/test_control_plane.py::test_clients_and_server_agree_on_the_version"
    ran = subprocess.run(
        [*command, test], cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 1
    assert "1 error" in ran.stdout
    assert "golang-go" in ran.stdout
