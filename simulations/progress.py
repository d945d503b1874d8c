"""The bar that shows how far a command is: on stderr, and only when somebody looks at it there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Report(Protocol):
    """Says how many runs are done, a part of one included, and what is being done."""

    def __call__(self, done: float, text: str) -> None:
        """Redraw the bar."""


@contextmanager
def progress_bar(total: int, *, console: Console | None = None) -> Iterator[Report]:
    """A bar for that many runs; without a terminal nothing is written."""
    console = console or Console(stderr=True)
    bar = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=total)

        def report(done: float, text: str) -> None:
            bar.update(task, completed=done, description=text)

        yield report
