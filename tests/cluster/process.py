"""Programs that run in the background with a log each, and that end whatever happens to us.

They are children of a watchdog (which says why), not of this process; here is what asks it.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.cluster.errors import ProgramError
from tests.cluster.watchdog import GRACE_S

_ROOT = Path(__file__).resolve().parents[2]
_ANSWER_S = 10.0
_END_S = 60.0  # nine programs that all ignore SIGTERM take 45 s


class Processes:
    """The programs of one control plane, and the folder of their logs and data; `close` ends and removes all."""

    def __init__(self, *, environ: Mapping[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="edgeward-cluster-"))
        self._environ = {**os.environ, **(environ or {}), "HOME": str(self.folder)}  # no dot file of the user's decides
        self._turn = threading.Lock()
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "tests.cluster.watchdog", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            process_group=0,
        )

    @property
    def watchdog_pid(self) -> int:
        return self._watchdog.pid

    def start(self, name: str, argv: Sequence[str | Path], *, environ: Mapping[str, str] | None = None) -> int:
        """The process id of *argv*, now running in its own process group; its output is added to its log."""
        return int(
            self._ask(
                do="start",
                name=name,
                argv=[str(argument) for argument in argv],
                log=str(self.log(name)),
                cwd=str(self.folder),
                environ={**self._environ, **(environ or {})},
            )["pid"]
        )

    def stop(self, name: str, *, grace_s: float = GRACE_S) -> int:
        """Ask it to end, after *grace_s* make it; its exit code, negative for a signal."""
        return int(self._ask(do="stop", name=name, grace_s=grace_s, wait_s=grace_s + _ANSWER_S)["code"])

    def pid(self, name: str) -> int:
        return int(self._ask(do="look", name=name)["pid"])

    def exit_code(self, name: str) -> int | None:
        """None while it runs."""
        code = self._ask(do="look", name=name)["code"]
        return None if code is None else int(code)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def last_words(self, name: str, lines: int = 20) -> str:
        """The end of its log."""
        path = self.log(name)
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        return "\n".join([f"the last lines of {path}:", *text.splitlines()[-lines:]])

    def close(self) -> None:
        """End all in the right order and remove the folder; again is nothing."""
        if self._watchdog.stdin is None or self._watchdog.stdin.closed:
            return
        self._watchdog.stdin.close()
        try:
            self._watchdog.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._watchdog.kill()  # the kernel kills its children with it
            self._watchdog.wait()
            raise ProgramError(f"programs in {self.folder} did not end within {_END_S:.0f} s; killed") from None
        finally:
            if self._watchdog.stdout:
                self._watchdog.stdout.close()
            shutil.rmtree(self.folder, ignore_errors=True)  # if the watchdog could not

    def _ask(self, *, wait_s: float = _ANSWER_S, **command: object) -> dict[str, Any]:
        assert self._watchdog.stdin
        with self._turn:
            try:
                self._watchdog.stdin.write(json.dumps(command).encode() + b"\n")
                self._watchdog.stdin.flush()
            except (BrokenPipeError, ValueError) as error:
                raise ProgramError(f"{command['do']} {command['name']}: the watchdog is gone") from error
            answer: dict[str, Any] = json.loads(
                self._line(time.monotonic() + wait_s, f"{command['do']} {command['name']}")
            )
        if "error" in answer:
            raise ProgramError(str(answer["error"]))
        return answer

    def _line(self, deadline: float, what: str) -> bytes:
        assert self._watchdog.stdout
        line = b""
        while not line.endswith(b"\n"):
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not select.select([self._watchdog.stdout], [], [], left_s)[0]:
                raise ProgramError(f"{what}: the watchdog did not answer in time")
            came = os.read(self._watchdog.stdout.fileno(), 1 << 16)
            if not came:
                raise ProgramError(f"{what}: the watchdog is gone")
            line += came
        return line
