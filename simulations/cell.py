"""A cell: one policy under one seed with one choice of settings, the unit that `simulate` and `sweep` run.

A cell is a value that can go to another process or machine. What goes wrong in one comes back as a value, too: an
exception need not survive that way (pickle calls its class with the message alone), and the other cells are to go on.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from policies.errors import PolicyError
from simulations.errors import InputError, SimulationError
from simulations.kinds.contract import Progress, load_kind, takes_policy_dirs
from simulations.result import RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What to run; `label` is what tables call it, the policy's name unless settings vary as well."""

    scenario: str
    kind: str
    settings: BaseModel
    policy: str
    seed: int
    label: str
    data: Path | None = None
    policy_dirs: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return f"{self.label}, seed {self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Why a cell has no result."""

    message: str
    wrong_input: bool = False

    def error(self, cell: Cell) -> SimulationError:
        """The failure as an exception that names the cell."""
        return (InputError if self.wrong_input else SimulationError)(f"{cell}: {self.message}")


def run(cell: Cell, progress: Progress) -> RunResult:
    """The cell's result; what the kind raises."""
    kind = load_kind(cell.kind)
    more: dict[str, Any] = {"policy_dirs": cell.policy_dirs} if takes_policy_dirs(kind) else {}
    return kind.run(
        cell.settings,
        scenario=cell.scenario,
        policy=cell.policy,
        seed=cell.seed,
        data=cell.data,
        progress=progress,
        **more,
    )


def outcome(cell: Cell) -> RunResult | Failed:
    """The cell's result, or why there is none."""
    try:
        return run(cell, _silent)
    except (SimulationError, PolicyError) as error:
        return Failed(message=str(error), wrong_input=error.exit_code == InputError.exit_code)
    except Exception as error:  # noqa: BLE001 - the border of a process: see above
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return Failed(message=f"{type(error).__name__}: {error} ({Path(frame.filename).name} line {frame.lineno})")


def _silent(share: float, text: str) -> None:
    """Progress inside a cell is shown by the process that the user looks at."""
