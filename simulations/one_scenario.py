"""One scenario from what the command line said to what it shows: the common part of `demo` and `simulate`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulations.asking import cells_of, run_all, study_of
from simulations.data_folder import check_data, data_folder
from simulations.outputs import check_outputs
from simulations.progress import progress_bar
from simulations.said import as_yaml, check_shorthands, command_line
from simulations.scenario import Overrides, read_scenario
from simulations.shown import show

if TYPE_CHECKING:
    from simulations.report.figure import Section


def run_scenario(
    scenario: str,
    *,
    policies: Sequence[str] = (),
    seeds: Sequence[int] = (),
    settings: Mapping[str, Any] | None = None,
    shorthands: Mapping[str, Any] | None = None,
    of: str = "",
    json: Path | None = None,
    report: Path | None = None,
    data: Path | None = None,
    real_data: bool = True,
    policy_dirs: Sequence[Path] = (),
    jobs: int = 1,
    command: str | None = None,
    first: Sequence[Section] = (),
) -> None:
    """Runs it, prints the table, writes the files; *of* is the kind that shorthands are for."""
    changed = dict(settings or {}) | dict(shorthands or {})
    check_shorthands(scenario, shorthands or {}, of, settings or {})
    place = data_folder(data) if real_data else None
    said = {key: f"--{key} {value}" for key, value in (shorthands or {}).items()}
    asked = read_scenario(
        scenario,
        Overrides(settings=changed, options=said, policies=policies, seeds=seeds),
        policy_dirs=policy_dirs,
    )
    check_data(data, asked)
    check_outputs({"--json": json, "--report": report})
    cells = cells_of(asked, data=place, policy_dirs=policy_dirs)
    try:
        with progress_bar(len(cells)) as told:
            runs = run_all(asked, cells, jobs=jobs, report=told)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; nothing was written") from None
    options: list[tuple[str, Any]] = [("--policy", name) for name in policies]
    options += [("--seed", number) for number in seeds]
    options += [("--set", f"{path}={as_yaml(value)}") for path, value in changed.items()]
    options += [("--data", data)] if data is not None else []
    options += [("--policy-dir", os.path.relpath(folder)) for folder in policy_dirs]
    study = study_of(asked, runs, data=place, command=command or command_line("simulate", scenario, options))
    show(study, json=json, report=report, first=first)
