"""The bar is for people: a terminal shows it, a log file or a pipe gets nothing."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from simulations.progress import progress_bar


def drawn(*, terminal: bool) -> str:
    screen = StringIO()
    console = Console(file=screen, force_terminal=terminal, width=100)
    with progress_bar(4, console=console) as report:
        report(1.5, "[near], seed 1: half")
        report(4, "far, seed 2")
    return screen.getvalue()


def test_terminal_shows_what_is_done_and_what_is_being_done() -> None:
    assert "4/4" in drawn(terminal=True)
    assert "far, seed 2" in drawn(terminal=True)


def test_without_a_terminal_nothing_is_written() -> None:
    assert drawn(terminal=False) == ""
