from __future__ import annotations

import io
import re

from rich.console import Console

from simulations.demo.run import ours, plain_hpa
from simulations.demo.sections import sections
from simulations.demo.show import SHOWN_S, play
from simulations.report.page import page
from tests.simulations.samples import world


def watched(*, terminal: bool) -> tuple[str, list[float]]:
    out, paused = io.StringIO(), list[float]()
    console = Console(file=out, force_terminal=terminal, width=120, highlight=False, color_system=None)
    play(console, paused.append if terminal else None)
    return out.getvalue(), paused


def test_every_step_is_one_line_with_its_reason() -> None:
    said, _ = watched(terminal=False)
    steps = re.findall(
        r"^ *[\d.]+ min  (out|up|over edge|home|down|in) +\S.*→.*: cpu at \d+ % of 70 %", said, re.MULTILINE
    )
    assert steps == ["out", "up", "up", "over edge", "over edge", "over edge", "home", "home", "home", "down", "in"]
    assert "home has no room: 2 of 2 nodes" in said
    assert "neighbor has no room" in said


def test_the_end_says_both_in_numbers() -> None:
    said, _ = watched(terminal=False)
    rows = dict(re.findall(r"^(Edgeward's ladder|HPA pinned to busan) +([\d.]+) min", said, re.MULTILINE))
    assert float(rows["Edgeward's ladder"]) == 0.0
    assert float(rows["HPA pinned to busan"]) > 30


def test_a_terminal_is_kept_waiting_so_that_it_can_be_read() -> None:
    said, paused = watched(terminal=True)
    assert abs(sum(paused) - SHOWN_S) < 0.5
    assert "users wait" in said


def test_its_sections_stand_above_the_summary() -> None:
    text = page(world(2, 2), sections(list(ours()), list(plain_hpa())))
    places = [text.index(f'<section id="{anchor}"') for anchor in ("ladder", "wait", "steps", "summary")]
    assert places == sorted(places)
    assert text.count('class="told"') == 1
    assert "over edge" in text
