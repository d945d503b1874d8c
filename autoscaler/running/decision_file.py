"""The decision log: one record a line, in files that `edgeward decide FILE` plays again.

Off unless the configuration names a path. A file that is full is renamed `FILE.1` (older ones `FILE.2`, …) and the
oldest is removed. Scaling never waits for a disk that is full or gone: the log then stops, says so, and goes on a
minute later.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_TRY_AGAIN_S = 60.0


class DecisionFile:
    """Writes lines as they come. To be used from the event loop only."""

    def __init__(
        self, path: Path, *, max_bytes: int, keep: int, clock: Callable[[], float], tell: Callable[[str], None]
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._clock = clock
        self._tell = tell
        self._file: BinaryIO | None = None
        self._written = 0
        self._try_at_s = 0.0

    def write(self, line: bytes) -> None:
        """Append a line, given without its end."""
        if self._clock() < self._try_at_s:
            return
        try:
            file = self._open()
            file.write(line + b"\n")
            self._written += len(line) + 1
        except OSError as error:
            self._broken(error)

    def flush(self) -> None:
        """Put what was written where others can read it."""
        if self._file is not None:
            try:
                self._file.flush()
            except OSError as error:
                self._broken(error)

    def close(self) -> None:
        """End the file."""
        self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> BinaryIO:
        if self._file is not None and self._written >= self._max_bytes:
            self._file.close()
            self._file = None
            self._rotate()
        if self._file is None:
            self._file = self._path.open("ab")
            self._written = self._file.tell()
        return self._file

    def _rotate(self) -> None:
        aged = [self._path, *(self._path.with_name(f"{self._path.name}.{number + 1}") for number in range(self._keep))]
        for younger, older in zip(reversed(aged[:-1]), reversed(aged[1:]), strict=True):
            if younger.exists():
                younger.replace(older)
        self._path.unlink(missing_ok=True)

    def _broken(self, error: OSError) -> None:
        self._tell(f"decision log {self._path}: {error}; it goes on in {_TRY_AGAIN_S:.0f} s")
        self._try_at_s = self._clock() + _TRY_AGAIN_S
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError:
                return  # the same error again, which was told
