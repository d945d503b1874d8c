"""The command that decides offline: `decide`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from autoscaler.decide.errors import DecideError

WHAT_IF = "What if"


def decide(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE.jsonl",
            help="Decision records or vectors, one a line; - is standard input.",
            show_default=False,
        ),
    ] = None,
    *,
    trace: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="A load (time_s,value) to play.", rich_help_panel=WHAT_IF, show_default=False),
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option(
            metavar="YAML", help="The EdgeAutoscaler that decides.", rich_help_panel=WHAT_IF, show_default=False
        ),
    ] = None,
    pod: Annotated[
        float | None,
        typer.Option(
            metavar="LOAD",
            help="What a pod carries, in the trace's unit: its request for a target in percent, else its averageValue.",
            rich_help_panel=WHAT_IF,
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="How long a pod takes to start.", rich_help_panel=WHAT_IF)
    ] = 30.0,
    window: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=1, help="The metric is the mean over this.", rich_help_panel=WHAT_IF),
    ] = 60.0,
    replicas: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="At the beginning; else what the first load wants.",
            rich_help_panel=WHAT_IF,
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="HTML", help="A page to look at.", rich_help_panel=WHAT_IF, show_default=False),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="JSON", help="Figures and steps.", rich_help_panel=WHAT_IF, show_default=False),
    ] = None,
) -> None:
    """Decide again on what was recorded, offline.

    A line of JSON in, a line of JSON out. Takes decision records of `edgeward autoscaler`, and conformance vectors of
    the horizontal pod autoscaler's rules.

    With --trace and --spec: what would this EdgeAutoscaler have done with that load? Prints pods × hours, seconds with
    too few pods, flips and the time on each rung. `edgeward record` fetches a trace.

    Examples:

        edgeward decide decisions.jsonl
        edgeward decide --trace load.csv --spec web.yaml --report what-if.html
    """
    if trace is None and spec is None:
        if file is None:
            raise DecideError("nothing to decide: wants FILE.jsonl, or --trace CSV and --spec YAML")
        _decide_lines(file)
        return
    if file is not None or trace is None or spec is None:
        given = ", ".join(
            word for word, value in ((str(file), file), ("--trace", trace), ("--spec", spec)) if value is not None
        )
        raise DecideError(f"--trace and --spec come together and without FILE.jsonl, got {given}")
    from autoscaler.what_if.command import what_if

    what_if(
        trace,
        spec,
        pod=_above_zero(pod),
        start_s=start,
        window_s=window,
        replicas=replicas,
        report=report,
        json_file=json_file,
    )


def _decide_lines(file: Path) -> None:
    import json

    from autoscaler.decide.vectors import answers

    for answer in answers(_lines(file), where="<stdin>" if _is_stdin(file) else str(file)):
        print(json.dumps(answer))


def _above_zero(pod: float | None) -> float | None:
    if pod is not None and not 0 < pod < float("inf"):
        raise DecideError(f"--pod must be > 0, got {pod:g}")
    return pod


def _lines(file: Path) -> list[bytes]:
    if _is_stdin(file):
        return sys.stdin.buffer.readlines()
    try:
        return file.read_bytes().splitlines()
    except OSError as error:
        raise DecideError(f"{file}: cannot be read: {error.strerror or error}") from error


def _is_stdin(file: Path) -> bool:
    return str(file) == "-"
