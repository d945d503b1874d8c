"""The command that runs the controller: `autoscaler`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def show_example_config(wanted: bool) -> None:
    """Print a configuration file with every setting, and end."""
    if wanted:
        from autoscaler.running.config import Config
        from kube.program.example_config import example_config

        print(example_config(Config, "edgeward autoscaler"))
        raise typer.Exit


def autoscaler(
    *,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML; without it every setting has its default.")
    ] = None,
    kubeconfig: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Instead of kube.kubeconfig of the configuration.")
    ] = None,
    example_config: Annotated[  # noqa: ARG001 - its callback has done it
        bool,
        typer.Option(
            "--example-config",
            help="Print a configuration with every setting and what it means, and end.",
            callback=show_example_config,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Run the controller that scales workloads: out, up, over edge, home.

    Needs an API server with the EdgeAutoscaler resource: in a pod the service account's, else `--kubeconfig`,
    `$KUBECONFIG` or `~/.kube/config`. While none is in reach it says so and keeps trying. Of several that run, one
    acts. Ctrl-C or SIGTERM end it after the writes that are under way.

    Example:

        edgeward autoscaler --example-config
    """
    from autoscaler.running.config import Config, read_config, with_options
    from autoscaler.running.running import run_until_told

    settings = read_config(config) if config is not None else Config()
    asyncio.run(run_until_told(with_options(settings, kubeconfig=kubeconfig)))
