"""`edgeward lint`: read, check, show, and end with 1 when there are errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_PROFILE = "edge-default"


def lint(
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A KubeSchedulerConfiguration, or a manifest that holds one.")
    ],
    profile: Annotated[
        str, typer.Option(metavar="P", help="The placement profile that the extender runs.")
    ] = DEFAULT_PROFILE,
    policy_dir: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="A folder of your own policies and profiles. Repeatable.", envvar="EDGEWARD_POLICY_DIR"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Check a KubeSchedulerConfiguration: does the extender get to decide?

    Reads YAML or JSON, several documents, and configurations inside ConfigMaps; a Deployment and a Service in the same
    file tell more. Exit codes: 0 nothing worse than a warning, 1 there are errors, 2 the file cannot be read.

    Examples:

        edgeward lint kube-scheduler.yaml
        edgeward lint manifest.yaml --profile cloud-burst --json
    """
    from rich.console import Console

    from policies.engine.catalogue import catalogue
    from scheduler.lint.asked import Asked
    from scheduler.lint.check import findings
    from scheduler.lint.finding import Severity
    from scheduler.lint.reading import read
    from scheduler.lint.shown import shown, told

    chosen = catalogue(policy_dir or ()).profile(profile)
    there = read(file)
    checked = [(each, findings(Asked(each, chosen, there.surroundings))) for each in there.configurations]
    if as_json:
        print(json.dumps([told(each, found) for each, found in checked], indent=2, ensure_ascii=False, default=str))
    else:
        screen = Console(highlight=False)
        for each, found in checked:
            screen.print(shown(each, found))
    if any(finding.severity is Severity.ERROR for _, found in checked for finding in found):
        raise typer.Exit(1)
