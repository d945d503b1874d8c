"""The commands that simulate: `demo`, `simulate`, `sweep`.

Each first looks at everything it was given (scenario, options, output files), then runs, and writes at the very end,
each file at once: what was wrong, or Ctrl-C, leaves nothing half written. The table goes to stdout, all else to stderr.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulations.errors import InputError, SimulationError
from simulations.options import (
    SHORTHANDS_OF,
    Data,
    Decisions,
    Html,
    Jobs,
    Json,
    NoScenario,
    Orders,
    Place,
    Policies,
    PolicyDirs,
    Processes,
    ScenarioName,
    Seeds,
    Trace,
)  # fmt: skip

if TYPE_CHECKING:
    from simulations.sweep.run import Executor

DEMO = "demo"
DEMO_REPORT = "edgeward-demo.html"
OF_DECISIONS = {"decisions", "policy", "policy_dir", "json"}


def demo(
    *,
    report: Html = Path(DEMO_REPORT),
    jobs: Processes = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Do not slow down so that steps can be read as they come.")
    ] = False,
) -> None:
    """Show the whole loop on this machine; no cluster needed.

    First a service whose load triples and falls: out, up, over the edge, and the way home, each step with its reason,
    beside the plain HPA on the same load. Then pods of a whole day over edge sites, their neighbours and clouds, with
    our policies beside baselines. Prints both and writes a report to look at. It uses built-in data only.

    Example:

        edgeward demo
    """
    import time

    from rich.console import Console

    from simulations.demo.sections import sections
    from simulations.demo.show import play
    from simulations.one_scenario import run_scenario
    from simulations.outputs import check_outputs

    target = report or Path(DEMO_REPORT)
    check_outputs({"--report": target})
    console = Console(highlight=False)
    pause = time.sleep if console.is_terminal and not fast else None
    first = sections(*play(console, pause))
    jobs = jobs or os.cpu_count() or 1
    typer.echo("Now eight hours of pods on edge sites and clouds, beside baselines; it takes about a minute.", err=True)
    run_scenario(DEMO, report=target, jobs=jobs, real_data=False, command="edgeward demo", first=first)
    typer.echo(f"Report: {target.resolve()}")


def show_scenarios(wanted: bool) -> None:
    """Print the shipped scenarios and end."""
    if wanted:
        from rich.console import Console

        from simulations.offered import scenarios

        Console(highlight=False).print(scenarios())
        raise typer.Exit


def simulate(
    ctx: typer.Context,
    *,
    scenario: NoScenario = None,
    list_them: Annotated[  # noqa: ARG001 - its callback has done it
        bool,
        typer.Option("--list", help="Show the shipped scenarios, and end.", callback=show_scenarios, is_eager=True),
    ] = False,
    settings_of_kind: Annotated[
        bool,
        typer.Option("--settings", help="Show what can be set in SCENARIO and the policies that it knows, and end."),
    ] = False,
    policy: Policies = None,
    seed: Seeds = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting, by its dotted path; repeatable."),
    ] = None,
    json: Json = None,
    report: Html = None,
    data: Data = None,
    policy_dir: PolicyDirs = None,
    jobs: Jobs = 1,
    nodes: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="gpu-packing: nodes, gzipped or not.", rich_help_panel=SHORTHANDS_OF),
    ] = None,
    pods: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="gpu-packing: pods, gzipped or not.", rich_help_panel=SHORTHANDS_OF),
    ] = None,
    inflate: Annotated[
        float | None,
        typer.Option(
            help="gpu-packing: GPU that arrives, in parts of the capacity. Below 1.2 and 1.3, the figures at 120 % and "
            "130 % arrival are null.",
            rich_help_panel=SHORTHANDS_OF,
        ),
    ] = None,
    orders: Orders = None,
    trace: Trace = None,
    decisions: Decisions = None,
) -> None:
    """Run one scenario and compare policies on it.

    Prints means and 95 % intervals over the seeds. The JSON of one policy under one seed has that run's figures at its
    top (`jq .failed_pods`); that of several has them in the list `runs`, and means in `summary`.

    Examples:

        edgeward simulate --list
        edgeward simulate s1-replicas --settings
        edgeward simulate s1-replicas --seed 1 --json out.json
        edgeward simulate s1-replicas --policy tail --set k=5 --report s1.html
        edgeward simulate gpu-packing --policy fgd --policy best-fit --seed 1
    """
    from simulations.said import policy_folders, settings_of
    from simulations.shown import tell_written

    if decisions is not None:
        from simulations.decision_log.command import play_again

        if scenario is not None:
            raise InputError(f"--decisions {decisions}: stands in the place of a scenario, got {scenario!r} as well")
        given = {param.name or "": param.opts[0] for param in ctx.command.params if _asked(ctx, param.name or "")}
        if useless := [option for name, option in given.items() if name not in OF_DECISIONS]:
            raise InputError(f"--decisions {decisions}: takes no {', '.join(useless)}")
        play_again(decisions, policies=policy or (), policy_dirs=policy_dir or (), json=json)
        return
    if scenario is None:
        raise typer.BadParameter(
            "missing; one of `edgeward simulate --list`, or --decisions FILE", param_hint="SCENARIO"
        )
    folders = policy_folders(scenario, policy_dir or (), asked=_asked(ctx, "policy_dir"))
    if settings_of_kind:
        from rich.console import Console

        from simulations.offered import choices

        Console(highlight=False).print(choices(scenario, folders))
        return
    files = {"nodes": nodes, "pods": pods, "orders": orders}
    shorthands: dict[str, Any] = {key: str(path) for key, path in files.items() if path is not None}
    shorthands |= {key: value for key, value in (("inflate", inflate), ("trace", trace)) if value is not None}
    from simulations.one_scenario import run_scenario

    run_scenario(
        scenario,
        policies=policy or (),
        seeds=seed or (),
        settings=settings_of(settings or ()),
        shorthands=shorthands,
        of=SHORTHANDS_OF,
        json=json,
        report=report,
        data=data,
        policy_dirs=folders,
        jobs=jobs,
    )
    tell_written(json, report)


def sweep(
    ctx: typer.Context,
    *,
    scenario: ScenarioName,
    over: Annotated[Path, typer.Option(metavar="FILE", help="YAML: policies, seeds and settings to go over.")],
    on: Annotated[Place, typer.Option(help="Processes on this machine, or a Ray cluster.")] = Place.PROCESSES,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where finished cells are kept; .edgeward/sweeps/SCENARIO unless given."),
    ] = None,
    json: Json = None,
    report: Html = None,
    data: Data = None,
    policy_dir: PolicyDirs = None,
    jobs: Processes = None,
    address: Annotated[
        str | None,
        typer.Option(help="Ray cluster; else RAY_ADDRESS, else one is started here.", show_default=False),
    ] = None,
) -> None:
    """Run many simulations: a grid of policies, parameters and seeds.

    Finished cells are kept and not run again, so a sweep that was stopped goes on where it was. A cell that fails is
    told by its parameters, the others go on, and the exit code is 1. On Ray, the folders of data and policies must be
    there on every machine, at the same path.

    Example:

        echo 'settings: {k: [5, 10]}' > over.yaml
        edgeward sweep s1-replicas --over over.yaml --report sweep.html
    """
    from simulations.asking import data_source, study_of
    from simulations.data_folder import check_data, data_folder
    from simulations.outputs import check_folder, check_outputs
    from simulations.progress import progress_bar
    from simulations.said import command_line, policy_folders
    from simulations.shown import show, tell, tell_written, variants_of, varied
    from simulations.sweep.grid import cells, read_grid
    from simulations.sweep.identity import Identities
    from simulations.sweep.kept import Kept
    from simulations.sweep.run import run_grid

    if address is not None and on is not Place.RAY:
        raise InputError(f"--address {address}: only --on ray has one")
    folders = policy_folders(scenario, policy_dir or (), asked=_asked(ctx, "policy_dir"))
    place = data_folder(data)
    variants = read_grid(scenario, over, policy_dirs=folders)
    for variant in variants:
        check_data(data, variant.scenario)
    base = variants[0].scenario
    kept = out or Path(".edgeward", "sweeps", base.name)
    check_outputs({"--json": json, "--report": report})
    check_folder("--out", kept)
    execute = _executor(on, jobs or os.cpu_count() or 1, address)
    grid = cells(variants, data=place, policy_dirs=folders)
    with progress_bar(len(grid)) as told:
        swept = run_grid(grid, Kept(kept, Identities()), execute, told)
    tell(f"{len(grid)} cells: {swept.found} kept from before, {len(swept.failures)} failed; kept in {kept}")
    failures = [failed.error(cell) for cell, failed in swept.failures]
    if not swept.runs:
        raise (InputError if all(isinstance(error, InputError) for error in failures) else SimulationError)(
            "\n".join(dict.fromkeys(map(str, failures)))
        )
    options: list[tuple[str, Any]] = [("--over", over), *([("--data", data)] if data is not None else [])]
    options += [("--policy-dir", os.path.relpath(folder)) for folder in folders]
    study = study_of(base, swept.runs, data=place, command=command_line("sweep", scenario, options))
    sources = dict.fromkeys(data_source(variant.scenario, place) for variant in variants)
    study = replace(study, settings=varied(variants, study.settings), data_source="; ".join(sources))
    show(study, json=json, report=report, more={"variants": variants_of(variants)})
    tell_written(json, report)
    if failures:
        raise SimulationError("\n".join(map(str, failures)))


def _executor(on: Place, jobs: int, address: str | None) -> Executor:
    from functools import partial

    if on is Place.RAY:
        from simulations.sweep.on_ray import check_ray, on_ray

        check_ray()
        return partial(on_ray, address=address)
    from simulations.sweep.processes import in_processes

    return partial(in_processes, jobs=jobs)


def _asked(ctx: typer.Context, parameter: str) -> bool:
    """Whether the parameter was given on the command line, not by the environment."""
    source = ctx.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"
