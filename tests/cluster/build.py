"""The programs of a control plane, built once from Go modules and kept outside the tree.

Nothing else serves all of them in exact versions without a container engine. What was built is found again by the
hash of the module's files and of the compiler's version, so a change of either builds anew and a branch switched
back builds nothing. A build is made aside and renamed into place: what exists is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import BuildError
from tests.cluster.toolchain import Toolchain, toolchain

MODULE = Path(__file__).resolve().parent / "controlplane"
KUBERNETES = "1.36.3"
_MAJOR, _MINOR, _ = KUBERNETES.split(".")
KWOK = "sigs.k8s.io/kwok/cmd/kwok"

# Clients refuse a server that does not know its version, and only the linker can tell it.
_LINKED = {
    "k8s.io/component-base/version.gitVersion": f"v{KUBERNETES}",
    "k8s.io/component-base/version.gitMajor": _MAJOR,
    "k8s.io/component-base/version.gitMinor": _MINOR,
    "k8s.io/client-go/pkg/version.gitVersion": f"v{KUBERNETES}",
}
_FLAGS = (
    "-mod=readonly",
    "-trimpath",
    "-buildvcs=false",
    "-ldflags=" + " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in _LINKED.items())]),
)
_BUILD_LIMIT_S = 45 * 60.0  # six minutes on two shared cores; a slow machine or network may take several times that
_HEARTBEAT_S = 60.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where the programs are."""

    folder: Path

    @property
    def controlplane(self) -> Path:
        """The one binary of etcd and Kubernetes; its first argument says which program it is."""
        return self.folder / "controlplane"

    @property
    def kwok(self) -> Path:
        return self.folder / "kwok"

    @property
    def stages(self) -> Path:
        """kwok's configuration: how nodes and pods come to life, and what pods are said to use."""
        return self.folder / "kwok.yaml"


def on_stderr(line: str) -> None:
    """Print a line for a person who waits."""
    print(f"edgeward: {line}", file=sys.stderr, flush=True)


def build(say: Say = on_stderr, *, cache: Path | None = None, environ: Mapping[str, str] | None = None) -> Programs:
    """The programs, built now if these versions never were; the first time takes minutes and says so."""
    environ = os.environ if environ is None else environ
    compiler = toolchain(MODULE, environ)
    cache = cache or _cache(environ)
    folder = cache / f"controlplane-{_fingerprint(compiler.version)}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache / "controlplane.lock", say):
            if not folder.exists():  # another may have built it while we waited
                _build_into(folder, compiler, say)
    return Programs(folder=folder)


def _cache(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home()) / ".cache"
    return Path(base) / "edgeward"


def _fingerprint(version: str) -> str:
    digest = hashlib.sha256("\0".join([version, KWOK, *_FLAGS]).encode())
    for path in sorted(MODULE.iterdir()):
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone(lock: Path, say: Say) -> Iterator[None]:
    """One builder at a time; the kernel lets go of the lock of one that died."""
    with lock.open("w") as held:
        deadline = time.monotonic() + _BUILD_LIMIT_S
        told = False
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    say("another process builds the control plane; waiting for it")
                    told = True
                if time.monotonic() > deadline:
                    raise BuildError(f"{lock} is held by another build for {_BUILD_LIMIT_S / 60:.0f} min") from None
                time.sleep(0.2)
        yield


def _build_into(folder: Path, compiler: Toolchain, say: Say) -> None:
    say(
        f"building a Kubernetes {KUBERNETES} control plane with {compiler.version}; the first time this takes "
        f"about 6 minutes on two cores and 5 GB of disk for Go's caches, later seconds; it is kept in {folder}"
    )
    began = time.monotonic()
    made = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        _compile(compiler, made / "controlplane", ".", say)
        _compile(compiler, made / "kwok", KWOK, say)
        printed = [
            subprocess.run([made / "controlplane", name], capture_output=True, check=True, timeout=60).stdout
            for name in ("kwok-stages", "kwok-metrics")
        ]
        (made / "kwok.yaml").write_bytes(b"---\n".join(printed))
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)  # nothing is left of it after the rename
    say(f"built in {time.monotonic() - began:.0f} s")


def _compile(compiler: Toolchain, made: Path, package: str, say: Say) -> None:
    command = [compiler.go, "build", *_FLAGS, "-o", str(made), package]
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(command, cwd=MODULE, env=compiler.environ, stdout=said, stderr=said)
        try:
            while running.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    running.wait(_HEARTBEAT_S)
                    break
                passed_s = time.monotonic() - began
                if passed_s > _BUILD_LIMIT_S:
                    raise BuildError(f"{' '.join(command)}: not done after {passed_s / 60:.0f} min")
                say(f"still building, {passed_s / 60:.0f} min so far")
        finally:
            running.kill()
            code = running.wait()
        if code:
            said.seek(0)
            lines = said.read().decode(errors="replace").splitlines()
            raise BuildError("\n".join([f"`{' '.join(command)}` failed in {MODULE}:", *lines[-20:]]))
