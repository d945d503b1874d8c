"""A file that is there whole or not at all.

The bytes go to a new file beside the wanted one, which then takes its name: whoever reads sees the old content or the
new one, and an error or an interrupt half-way leaves the old one alone. What is not a plain file (`/dev/stdout`, a
pipe) has no name to take over and is written straight.
"""

from __future__ import annotations

import os
from pathlib import Path

from simulations.errors import InputError


def write_atomically(path: Path, content: bytes) -> None:
    """Puts `content` there; a place that cannot be written to is the caller's input, and nothing is left behind."""
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        target = path.resolve()  # a link stays a link to the new content
        draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            draft.write_bytes(content)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
