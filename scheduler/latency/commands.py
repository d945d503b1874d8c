"""The command that measures: `prober`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def show_example(wanted: bool) -> None:
    """Print a configuration file with its comments, and end."""
    if wanted:
        from scheduler.latency.prober.config import EXAMPLE

        typer.echo(EXAMPLE, nl=False)
        raise typer.Exit


def prober(
    *,
    config: Annotated[Path, typer.Option(metavar="F", help="The configuration file (YAML).", show_default=False)],
    site: Annotated[
        str,
        typer.Option(metavar="NAME", help="Where this prober is, before what the file says.", envvar="EDGEWARD_SITE"),
    ] = "",
    example_config: Annotated[  # noqa: ARG001 - its callback has done it
        bool,
        typer.Option(
            "--example-config", help="Show a configuration file, and end.", callback=show_example, is_eager=True
        ),
    ] = False,
) -> None:
    """Measure round trips from here to the other sites, for Prometheus.

    One a site or node. GET /metrics shows p50 and p95 of TCP connects to each target; the scheduler reads them from
    Prometheus. It ends with Ctrl-C or SIGTERM.

    Examples:

        edgeward prober --config prober.yaml --site seoul
        edgeward prober --example-config
    """
    import asyncio

    from kube.latency.errors import InputError
    from scheduler.latency.prober.config import parse_config
    from scheduler.latency.prober.process import measure

    try:
        text = config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError((f"{config}: cannot be read: {error}",)) from error
    asyncio.run(measure(parse_config(text, source=str(config), site=site)))
