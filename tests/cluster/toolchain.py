"""The Go that builds: the one on PATH, or the one it fetches through the module proxy because go.mod asks for newer.

Go does that by itself since 1.21. Debian 12's is older, but can fetch the same archive, which is a module like any
other; only the marks that say which of its files are programs have to be set by hand.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ToolchainError

_SWITCHES = (1, 21)  # the first Go that fetches the version that a go.mod asks for
_OLDEST = (1, 16)  # the first that downloads a module outside of one, and the oldest that this was thought through for
_SHORT_S = 60.0
_FETCH_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """A compiler, and the environment it works in."""

    go: str
    version: str
    environ: Mapping[str, str]


def toolchain(module: Path, environ: Mapping[str, str]) -> Toolchain:
    """What builds *module*; fetching one takes seconds and happens once."""
    wanted = _wanted(module)
    go = shutil.which("go", path=environ.get("PATH", ""))
    if go is None:
        raise ToolchainError(
            f"the cluster tests build Kubernetes from source, and there is no `go` on PATH: {_remedy(wanted)}"
        )
    own = {name: value for name, value in environ.items() if name != "GOROOT"}  # which would be another Go's
    within = {**own, "GOTOOLCHAIN": "auto", "CGO_ENABLED": "0"}
    said = _run([go, "version"], module.parent, within, wanted, _SHORT_S)
    found = re.search(r"\bgo(\d+)\.(\d+)", said)
    release = (int(found[1]), int(found[2])) if found else (0, 0)
    if release < _OLDEST:
        raise ToolchainError(f"{go} is too old ({said}): {_remedy(wanted)}")
    if release < _SWITCHES:
        go = _fetched(go, within, wanted)
    return Toolchain(go=go, version=_run([go, "version"], module, within, wanted, _FETCH_S), environ=within)


def _wanted(module: Path) -> str:
    line = re.search(r"^go (\S+)$", (module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert line
    return line[1]


def _remedy(wanted: str) -> str:
    return (
        f"install the package golang-go (Debian, Ubuntu), which fetches Go {wanted} by itself, "
        f"or Go {wanted} or later from https://go.dev/dl/"
    )


def _fetched(go: str, environ: Mapping[str, str], wanted: str) -> str:
    with tempfile.TemporaryDirectory() as nowhere:  # a module's folder would have its own go.mod read
        platform = "-".join(_run([go, "env", "GOOS", "GOARCH"], Path(nowhere), environ, wanted, _SHORT_S).split())
        archive = f"golang.org/toolchain@v0.0.1-go{wanted}.{platform}"
        told = _run([go, "mod", "download", "-json", archive], Path(nowhere), environ, wanted, _FETCH_S)
    root = Path(json.loads(told)["Dir"])
    for program in [*(root / "bin").iterdir(), *(root / "pkg" / "tool").rglob("*")]:
        if program.is_file():
            program.chmod(0o555)
    return str(root / "bin" / "go")


def _run(command: list[str], folder: Path, environ: Mapping[str, str], wanted: str, limit_s: float) -> str:
    try:
        ran = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=limit_s
        )
    except subprocess.TimeoutExpired as error:
        raise ToolchainError(f"`{' '.join(command)}` did not end within {limit_s:.0f} s") from error
    if ran.returncode:
        raise ToolchainError(f"`{' '.join(command)}`: {ran.stderr.strip() or ran.stdout.strip()}; {_remedy(wanted)}")
    return ran.stdout.strip()
