"""The folder of real data: what `--data DIR` says, else `../shared/data` beside the project when it is there."""

from __future__ import annotations

from pathlib import Path

from simulations.errors import InputError

VARIABLE = "EDGEWARD_DATA"  # the environment's word for --data
USUAL = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def data_folder(given: Path | None, usual: Path = USUAL) -> Path | None:
    """The folder, None when there is none to be had and none was asked for."""
    if given is None:
        return usual if usual.is_dir() else None
    if not given.is_dir():
        what = "this is a file, not a folder" if given.exists() else "no such folder"
        raise InputError(f"--data {given}: {what}")
    return given.resolve()
