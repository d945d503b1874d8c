"""`edgeward record`: fetch a load, write it down, and say how much of it there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TIMEOUT_S = 30


def record(
    *,
    url: Annotated[
        str,
        typer.Option(metavar="URL", help="Prometheus, with its path prefix if it has one.", envvar="PROMETHEUS_URL"),
    ] = "http://127.0.0.1:9090",
    query: Annotated[
        str, typer.Option(metavar="PROMQL", help="The load; several series are summed.", show_default=False)
    ],
    start: Annotated[str, typer.Option(metavar="TIME", help="`7d`, `3 hours ago`, `2026-11-01T10:00:00Z`.")] = "1d",
    end: Annotated[str, typer.Option(metavar="TIME", help="As the start.")] = "now",
    step: Annotated[int, typer.Option(metavar="SECONDS", min=1, help="From one row to the next.")] = 15,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The CSV; without it, standard output.", show_default=False)
    ] = None,
    timeout: Annotated[
        int, typer.Option(metavar="SECONDS", min=1, max=600, help="How long one request may take.")
    ] = TIMEOUT_S,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with a bearer token.", show_default=False)
    ] = None,
) -> None:
    """Fetch a load trace from Prometheus into a CSV.

    Its columns are `time_s`, in seconds since 1970 (UTC), and `value`, in whatever the query counts, such as requests
    per second. A step without a number has no row. `edgeward decide --trace` replays it. Times without a zone are UTC.

    Examples:

        edgeward record --query 'sum(rate(hits[1m]))' --start 7d --out load.csv
        edgeward record --help
    """
    from contextlib import closing

    from rich.console import Console
    from rich.progress import Progress

    from autoscaler.recording.asked import Asked
    from autoscaler.recording.errors import AskedError, RecordingError
    from autoscaler.recording.moments import moment
    from autoscaler.recording.range_query import Prometheus
    from autoscaler.recording.trace import recorded

    asked = Asked(query=query, start_s=moment("start", start), end_s=moment("end", end), step_s=step)
    try:
        token = token_file.read_text(encoding="utf-8").strip() if token_file is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise AskedError(f"{token_file}: cannot be read: {error}") from error
    screen = Console(stderr=True, highlight=False)
    with (
        closing(Prometheus(url, timeout_s=timeout, token=token)) as prometheus,
        Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar,
    ):
        task = bar.add_task("recording", total=asked.steps)
        trace = recorded(asked, prometheus, lambda steps: bar.advance(task, steps))
    if out is None:
        typer.echo(trace.csv(), nl=False)
    else:
        try:
            out.write_text(trace.csv(), encoding="utf-8")
        except OSError as error:
            raise RecordingError(f"{out}: cannot be written: {error}") from error
    missing = f", {trace.missing} steps have no number" if trace.missing else ""
    screen.print(f"{len(trace.points)} of {asked.steps} steps{missing}{f': {out}' if out else ''}")
