"""The command that decides offline: `decide`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from autoscaler.decide.errors import DecideError


def decide(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.jsonl", help="Decision records or vectors, one a line; - is standard input.")
    ],
) -> None:
    """Decide again on what was recorded, offline.

    A line of JSON in, a line of JSON out. Takes decision records of `edgeward autoscaler`, and conformance vectors of
    the horizontal pod autoscaler's rules.

    Example:

        edgeward decide decisions.jsonl
    """
    import json

    from autoscaler.decide.vectors import answers

    for answer in answers(_lines(file), where="<stdin>" if _is_stdin(file) else str(file)):
        print(json.dumps(answer))


def _lines(file: Path) -> list[bytes]:
    if _is_stdin(file):
        return sys.stdin.buffer.readlines()
    try:
        return file.read_bytes().splitlines()
    except OSError as error:
        raise DecideError(f"{file}: cannot be read: {error.strerror or error}") from error


def _is_stdin(file: Path) -> bool:
    return str(file) == "-"
