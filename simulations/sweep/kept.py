"""Finished cells, kept: one JSON file each, by the cell's identity, so that a sweep goes on where it was stopped.

A file is written beside and then renamed. One that is cut short all the same (a full disk, a copy that was stopped) or
is not this cell's is as if it were not there: the cell is run again and the file replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from simulations.atomic_file import write_atomically
from simulations.cell import Cell
from simulations.result import RunResult
from simulations.sweep.identity import Identities


class KeptCell(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a file; keys that begin with `wall_` are what differs when the cell is run again."""

    identity: str
    kind: str
    settings: dict[str, Any]
    policy: str
    seed: int
    run: RunResult
    wall_worker: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The folder of a sweep's finished cells."""

    folder: Path
    identities: Identities

    def path(self, cell: Cell) -> Path:
        """Where that cell is, or would be, kept."""
        return self.folder / f"{self.identities.of(cell)}.json"

    def find(self, cell: Cell) -> RunResult | None:
        """The cell's kept result, None when there is none that is whole."""
        path = self.path(cell)
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=KeptCell)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        # the scenario's name is no part of the identity: two scenarios may share a cell
        return replace(kept.run, scenario=cell.scenario) if kept.identity == path.stem else None

    def keep(self, cell: Cell, run: RunResult, worker: str) -> None:
        """Keeps it; from the return on it is there whole, whatever ends this process."""
        path = self.path(cell)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = KeptCell(
            identity=path.stem,
            kind=cell.kind,
            settings=cell.settings.model_dump(mode="json"),
            policy=cell.policy,
            seed=cell.seed,
            run=run,
            wall_worker=worker,
        )
        write_atomically(path, msgspec.json.encode(content, order="sorted") + b"\n")
