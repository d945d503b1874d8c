"""The commands of the scheduler extender: `scheduler` and `explain`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_SERVER = "http://127.0.0.1:8890/scheduler"
SERVER_VARIABLE = "EDGEWARD_SERVER"


def show_example_config(wanted: bool) -> None:
    """Print a configuration file with every setting, and end."""
    if wanted:
        from kube.program.example_config import example_config
        from scheduler.config import Config

        print(example_config(Config, "edgeward scheduler"))
        raise typer.Exit


def scheduler(
    *,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML; without it every setting has its default.")
    ] = None,
    kubeconfig: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Instead of kube.kubeconfig of the configuration.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Instead of listen.port.")] = None,
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
    """Run the extender that kube-scheduler asks where pods go.

    Needs an API server: in a pod the service account's, else `--kubeconfig`, `$KUBECONFIG` or `~/.kube/config`. While
    none is in reach it says so and keeps trying. Ctrl-C or SIGTERM end it without a failed request.

    Example:

        edgeward scheduler --example-config
    """
    from scheduler.config import Config, read_config, with_options
    from scheduler.running import run_until_told

    settings = read_config(config) if config is not None else Config()
    asyncio.run(run_until_told(with_options(settings, kubeconfig=kubeconfig, port=port)))


def explain(
    *,
    pod: Annotated[str, typer.Argument(metavar="NAMESPACE/POD", help="The pod; without a namespace in `default`.")],
    server: Annotated[
        str,
        typer.Option(metavar="URL", envvar=SERVER_VARIABLE, help="The extender, with its prefix."),
    ] = DEFAULT_SERVER,
    json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
    all_nodes: Annotated[bool, typer.Option("--all", help="Show every node by itself.")] = False,
) -> None:
    """Say why a pod is, or is not, where it is.

    Asks a running extender. Of the sidecar of a second scheduler:
    `kubectl -n edgeward port-forward deploy/edgeward-scheduler 8890`, and then this command in another terminal.

    Example:

        edgeward explain --help
    """
    from rich.console import Console

    from scheduler.asking import explanation
    from scheduler.explained import shown

    namespace, slash, name = pod.rpartition("/")
    if not name or (slash and not namespace) or "/" in namespace:
        raise typer.BadParameter(f"must be NAMESPACE/POD, got {pod!r}")
    body, told = asyncio.run(explanation(server, namespace or "default", name))
    if json:
        typer.echo(body)
    else:
        Console(highlight=False).print(shown(told, all_nodes=all_nodes))
