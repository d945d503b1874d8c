"""What makes two cells the same: the same bytes would come out, so that one kept result does for both.

That is kind, settings, policy and seed, the content of every file that may be read, and the code that computes. The
code is told by its content and not by the version's number: a kept result must not outlive the line that made it. More
is counted in than a cell may read (the whole data folder): one run too many costs time, one too few is a wrong figure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
from pydantic import BaseModel

from simulations.cell import Cell

ROOT = Path(__file__).resolve().parent.parent.parent
# The planner is the one part of the controller that simulations may import; a folder that is not there counts nothing.
CODE = ("policies", "simulations", "autoscaler/planner")
LIBRARIES = ("numpy", "scipy")  # they compute; the others read and show


@dataclass(frozen=True, slots=True)
class Identities:
    """Names cells by their content; folders and settings are read once."""

    _folders: dict[Path, str] = field(default_factory=dict)
    _settings: dict[int, tuple[BaseModel, dict[str, Any]]] = field(
        default_factory=dict
    )  # kept, so that ids stay theirs

    def of(self, cell: Cell) -> str:
        """64 hexadecimal digits, equal for cells that are the same."""
        content = {
            "kind": cell.kind,
            **self._of_settings(cell.settings),
            "policy": cell.policy,
            "seed": cell.seed,
            "data": self._folder(cell.data) if cell.data else None,
            "policies": [self._folder(folder) for folder in cell.policy_dirs],
            "code": code(),
        }
        return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()

    def _of_settings(self, settings: BaseModel) -> dict[str, Any]:
        """The settings and the files that they name; looked at once, however many seeds there are."""
        if id(settings) not in self._settings:
            dumped = settings.model_dump(mode="json")
            files = {name: self._folder(path) for name in sorted(set(_texts(dumped))) if (path := _file(name))}
            self._settings[id(settings)] = settings, {"settings": dumped, "files": files}
        return self._settings[id(settings)][1]

    def _folder(self, path: Path) -> str:
        if path not in self._folders:
            self._folders[path] = digest([path])
        return self._folders[path]


@cache
def code() -> str:
    """The code that computes, as one digest."""
    libraries = " ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    return f"{digest(ROOT / folder for folder in CODE)} {libraries}"


def digest(places: Iterable[Path]) -> str:
    """Names and contents of files and of all files in folders; caches and what is hidden do not count."""
    total = hashlib.sha256()
    for place in places:
        files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
        for path in files:
            inside = path.relative_to(place.parent)
            if not any(part.startswith(".") or part == "__pycache__" for part in inside.parts):
                with path.open("rb") as content:
                    total.update(
                        f"{inside.as_posix()}\0{hashlib.file_digest(content, 'sha256').hexdigest()}\0".encode()
                    )
    return total.hexdigest()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _file(name: str) -> Path | None:
    """The file of that name, when a text of the settings is one."""
    path = Path(name)
    try:
        return path.resolve() if path.is_file() else None
    except (OSError, ValueError):  # too long or with a zero byte: not a file's name
        return None
