"""The command of the resource: `convert`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def convert(
    *,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="HPA.yaml", help="YAML or JSON with HorizontalPodAutoscalers; - reads them from a pipe."
        ),
    ],
) -> None:
    """Print a HorizontalPodAutoscaler as an EdgeAutoscaler that means the same.

    Reads autoscaling/v2 and v1; lists and several documents, too, of which other kinds are passed over. Of those in a
    cluster: `kubectl get hpa.v2.autoscaling -o yaml | edgeward convert -`.

    Two on one target are refused, so delete the HPA before you apply what is printed.

    Example:

        edgeward convert HPA.yaml
    """
    from autoscaler.api.conversion import conversion, read_text

    name, text = ("stdin", sys.stdin.read()) if str(file) == "-" else (file.name, read_text(file))
    done = conversion(text, source=name)
    for each in done.passed_over:
        typer.echo(f"edgeward: passed over {each}", err=True)
    typer.echo(done.text, nl=False)
