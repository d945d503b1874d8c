"""The parent of all programs of a control plane; it outlives a killed pytest just long enough to end them.

pytest starts it (`python -m tests.cluster.watchdog FOLDER`) and tells it by lines of JSON on standard input what to
start and to stop. When that pipe ends, however pytest died, programs are ended in the reverse order of their first
start, because kube-apiserver without its etcd holds its port for a minute, and the folder of logs and data goes, too.

Two more nets: should only this process be killed, the kernel kills its children (PR_SET_PDEATHSIG, which is bound to
the thread that forked; this process has one). And should a child of pytest have inherited the pipe, so that it never
ends, the change of our own parent tells the same.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

GRACE_S = 5.0  # between SIGTERM and SIGKILL
_LOOK_S = 1.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Watchdog:
    """Starts and ends children; they are remembered in the order of their first start."""

    def __init__(self) -> None:
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """What came of a command: `start`, `stop` or `look` (is it running?)."""
        name = str(command["name"])
        try:
            match command["do"]:
                case "start":
                    return self._start(name, command)
                case "stop":
                    self._stop(name, float(command.get("grace_s", GRACE_S)))
                case "look":
                    pass
                case other:
                    return {"error": f"no such command: {other}"}
        except OSError as error:
            return {"error": f"{name}: {error}"}
        child = self._children.get(name)
        return {"pid": child.pid, "code": child.poll()} if child else {"error": f"{name} was never started"}

    def end(self) -> None:
        """End all, the youngest first."""
        for name in reversed(self._children):
            self._stop(name, GRACE_S)

    def _start(self, name: str, command: dict[str, Any]) -> dict[str, Any]:
        before = self._children.get(name)
        if before and before.poll() is None:
            return {"error": f"{name} runs already (pid {before.pid})"}
        with Path(command["log"]).open("ab") as log:
            self._children[name] = subprocess.Popen(
                command["argv"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=command["cwd"],
                env=command["environ"],
                process_group=0,  # a Ctrl-C at the terminal is not for them
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # one thread, so nothing can hold a lock across the fork
            )
        return {"pid": self._children[name].pid, "code": None}

    def _stop(self, name: str, grace_s: float) -> None:
        child = self._children.get(name)
        if child is None or child.poll() is not None:
            return
        child.terminate()
        child.send_signal(signal.SIGCONT)  # a paused one would not hear
        try:
            child.wait(grace_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _parent_lives(parent: int) -> bool:
    return os.getppid() == parent


def main(folder: Path) -> None:
    """Obey until the pipe ends or the parent is another, then end all and remove *folder*."""
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    watchdog, parent, unread = Watchdog(), os.getppid(), b""
    try:
        while _parent_lives(parent):
            if not select.select([0], [], [], _LOOK_S)[0]:
                continue
            came = os.read(0, 1 << 16)
            if not came:
                break
            *lines, unread = (unread + came).split(b"\n")
            for line in lines:
                os.write(1, json.dumps(watchdog.answer(json.loads(line))).encode() + b"\n")
    except BrokenPipeError:
        pass  # the parent died while it waited for an answer
    finally:
        watchdog.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
