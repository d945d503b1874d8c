"""The second half of `edgeward decide`: from options to a table, a page and a JSON file."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from autoscaler.what_if.answer import Answer, answer
from autoscaler.what_if.errors import WhatIfError
from autoscaler.what_if.page import page
from autoscaler.what_if.question import Question, question, read_spec
from autoscaler.what_if.said import rows, table
from autoscaler.what_if.trace import read_trace


def what_if(
    trace: Path,
    spec: Path,
    *,
    pod: float | None,
    start_s: float,
    window_s: float,
    replicas: int | None,
    report: Path | None,
    json_file: Path | None,
) -> None:
    """Reads all, plays the load, prints the table, writes what was asked for at the very end."""
    for option, path in (("--report", report), ("--json", json_file)):
        if path is not None and not path.resolve().parent.is_dir():
            raise WhatIfError(f"{option} {path}: there is no folder {path.parent}")
    load = read_trace(trace)
    asked = question(read_spec(spec), load, pod=pod, start_s=start_s, window_s=window_s, replicas=replicas)
    screen = Console(stderr=True, highlight=False)
    screen.print(_assumed(asked), markup=False, soft_wrap=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("deciding", total=1.0)
        found = answer(asked, load, lambda share: bar.update(task, completed=share))
    Console(highlight=False).print(table(found, trace.name))
    if json_file is not None:
        _write(json_file, json.dumps(_document(found, trace, spec), indent=1) + "\n")
    if report is not None:
        _write(report, page(found, trace.name, rows(found)))
    for what, path in (("JSON", json_file), ("Report", report)):
        if path is not None:
            screen.print(f"{what}: {path}", markup=False, soft_wrap=True)


def _assumed(asked: Question) -> str:
    """What the answer rests on, in a sentence."""
    said = (
        f"The trace stands for {asked.metric.label}; a pod carries {asked.assumed.carries:g} of it "
        f"and starts in {asked.assumed.start_s:g} s; every place has room."
    )
    if asked.left_out:
        said += f" Of {asked.left_out} more in spec.metrics it says nothing, so they are left out."
    return said


def _document(found: Answer, trace: Path, spec: Path) -> dict[str, object]:
    return {"trace": trace.name, "spec": spec.name, "figures": found.figures, "steps": found.steps}


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WhatIfError(f"{path}: cannot be written: {error.strerror or error}") from error
