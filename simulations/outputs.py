"""Where results will go, looked at before the work: an hour of simulation must not end at a misspelt folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from simulations.errors import InputError


def check_outputs(files: Mapping[str, Path | None]) -> None:
    """InputError with every output, by its option, that could not be written."""
    told = [f"{option} {path}: {problem}" for option, path in files.items() if path and (problem := _problem(path))]
    seen: dict[Path, str] = {}
    for option, path in files.items():
        if path and path.resolve() in seen:
            told.append(f"{option} {path}: the same file as {seen[path.resolve()]}")
        elif path:
            seen[path.resolve()] = option
    if told:
        raise InputError("\n".join(told))


def check_folder(option: str, folder: Path) -> None:
    """InputError unless the folder is there or can be made, and can be written to."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise InputError(f"{option} {folder}: {there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"{option} {folder}: {there} cannot be written to")


def _problem(path: Path) -> str:
    if path.is_dir():
        return "this is a folder, a file is wanted"
    if not path.parent.exists():
        return f"there is no folder {path.parent}"
    if not path.parent.is_dir():
        return f"{path.parent} is not a folder"
    # the file is written beside and then renamed, so the folder must be writable; a device is written straight
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return "cannot be written to"
    if (path.is_file() or not path.exists()) and not os.access(path.parent, os.W_OK | os.X_OK):
        return f"{path.parent} cannot be written to"
    return ""
