"""The demo on the terminal: steps as lines, a line that moves below them, in so many seconds; without one, at once.

Waiting is the caller's (`pause`), so that nothing here knows a clock.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.live import Live
from rich.text import Text

from simulations.demo import run, told
from simulations.demo.run import Turn

SHOWN_S = 20.0


def play(console: Console, pause: Callable[[float], None] | None) -> tuple[list[Turn], list[Turn]]:
    """Our run, told while it happens, and the HPA's; *pause* None: as fast as it goes."""
    console.print(f"{told.opening()}\n", markup=False)
    hpa = list(run.plain_hpa())
    each_s = SHOWN_S / len(hpa)
    ours = []
    with Live(console=console, transient=True, auto_refresh=False) as live:
        for turn in run.ours():
            ours.append(turn)
            if turn.step is not None:
                console.print(Text(told.line(turn, turn.step)), soft_wrap=True)
            if pause is not None:
                live.update(Text(told.state(turn), style="dim"), refresh=True)
                pause(each_s)
    console.print(f"\nThe same load, side by side:\n{told.closing(ours, hpa)}\n", markup=False, soft_wrap=True)
    return ours, hpa
