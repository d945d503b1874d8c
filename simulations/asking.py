"""From a scenario to a study: the cells of a scenario, run here or by several processes, and what is shown of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from policies.errors import PolicyError
from simulations.cell import Cell, Failed, run
from simulations.errors import InputError, SimulationError
from simulations.kinds.contract import load_kind
from simulations.progress import Report
from simulations.result import RunResult
from simulations.scenario import Scenario
from simulations.study import Study


def cells_of(scenario: Scenario, *, data: Path | None, policy_dirs: Sequence[Path] = ()) -> tuple[Cell, ...]:
    """Every policy of the scenario under every seed of it, policy by policy."""
    return tuple(
        Cell(
            scenario=scenario.name,
            kind=scenario.kind,
            settings=scenario.settings,
            policy=policy,
            seed=seed,
            label=policy,
            data=data,
            policy_dirs=tuple(policy_dirs),
        )
        for policy in scenario.policies
        for seed in scenario.seeds
    )


def run_all(scenario: Scenario, cells: Sequence[Cell], *, jobs: int, report: Report) -> list[RunResult]:
    """The results in the order of the cells; the first failure ends it, since a comparison wants all of them."""
    if jobs <= 1 or len(cells) == 1:
        try:
            return [_here(cell, at, report) for at, cell in enumerate(cells)]
        except (SimulationError, PolicyError) as error:
            if error.exit_code != InputError.exit_code:
                raise
            raise InputError(scenario.located(str(error))) from error
    from simulations.sweep.processes import in_processes  # noqa: PLC0415 - one process needs no machinery for many

    places = {id(cell): at for at, cell in enumerate(cells)}
    results: dict[int, RunResult] = {}
    with closing(in_processes(cells, jobs=jobs)) as finished:
        for cell, outcome, _ in finished:
            if isinstance(outcome, Failed):
                raise replace(outcome, message=scenario.located(outcome.message)).error(cell)
            results[places[id(cell)]] = outcome
            report(len(results), str(cell))
    return [results[at] for at in range(len(cells))]


def study_of(scenario: Scenario, runs: Sequence[RunResult], *, data: Path | None, command: str) -> Study:
    """The scenario with its runs, for table, document and report."""
    return Study(
        scenario=scenario.name,
        kind=scenario.kind,
        description=scenario.description,
        data_source=data_source(scenario, data),
        metrics=scenario.metrics,
        runs=tuple(runs),
        settings=scenario.settings.model_dump(mode="json"),
        command=command,
    )


def data_source(scenario: Scenario, data: Path | None) -> str:
    """Where the scenario's data are from, in words: the kind's own when it has some."""
    words = getattr(load_kind(scenario.kind), "data_source", None)
    if words is not None:
        return str(words(scenario.settings, data))
    source = getattr(scenario.settings, "source", "")
    if data is None or source == "builtin":
        return "built in"
    # relative, so that a report which is handed on tells nothing about the machine that made it
    return f"{f'{source}, ' if source else ''}data folder {os.path.relpath(data)}"


def _here(cell: Cell, at: int, report: Report) -> RunResult:
    report(at, str(cell))
    return run(cell, lambda share, text: report(at + share, f"{cell}: {text}"))
