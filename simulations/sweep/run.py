"""Running a grid: what is kept is taken, the rest is run and kept, and a cell that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol

from simulations.cell import Cell, Failed
from simulations.progress import Report
from simulations.result import RunResult
from simulations.sweep.kept import Kept
from simulations.sweep.processes import Finished


class Executor(Protocol):
    """Runs cells somewhere, and says each outcome as it comes."""

    def __call__(self, cells: Sequence[Cell]) -> Iterator[Finished]:
        """Every cell once, in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What came out, in the order of the cells; the policy of a run is its cell's label."""

    runs: tuple[RunResult, ...]
    failures: tuple[tuple[Cell, Failed], ...]
    found: int  # how many were kept from before


def run_grid(cells: Sequence[Cell], kept: Kept, execute: Executor, report: Report) -> Swept:
    """All cells that can be had; Ctrl-C goes on up with how many there are by now."""
    results: dict[int, RunResult] = {}
    failures: dict[int, Failed] = {}
    try:
        report(0, "looking for cells that are kept")
        for at, cell in enumerate(cells):
            if (run := kept.find(cell)) is not None:
                results[at] = run
                report(len(results), f"{cell}: kept from before")
        found = len(results)
        places = {id(cell): at for at, cell in enumerate(cells)}
        with closing(_iterator(execute, [cell for at, cell in enumerate(cells) if at not in results])) as finished:
            for cell, outcome, worker in finished:
                at = places[id(cell)]
                if isinstance(outcome, Failed):
                    failures[at] = outcome
                else:
                    kept.keep(cell, outcome, worker)
                    results[at] = outcome
                report(len(results) + len(failures), str(cell))
    except KeyboardInterrupt:
        there = f"{len(results)} of {len(cells)} cells are kept in {kept.folder}"
        raise KeyboardInterrupt(f"interrupted: {there}; run the same command again to go on") from None
    return Swept(
        runs=tuple(replace(results[at], policy=cells[at].label) for at in sorted(results)),
        failures=tuple((cells[at], failures[at]) for at in sorted(failures)),
        found=found,
    )


def _iterator(execute: Executor, cells: Sequence[Cell]) -> Generator[Finished, None, None]:
    if cells:
        yield from execute(cells)
