"""The summary as a table for a terminal.

The best value of a metric is bold *and* starred: a colour alone is lost in a log file and on many eyes. A terminal is
often 80 columns; a table that does not fit is first turned (metrics down, policies across) and then, when even that is
too wide, cut into several tables of as many columns as fit. Figures never wrap, since one in two lines is misread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulations.kinds.contract import Metric
from simulations.study import Study
from simulations.summary import LEGEND, SIGNS, Cell, Summary, summarise

EDGES = 1  # characters that a table adds in all, and
GAP = 3  # those it adds for each column: a space on both sides and a rule
ARROWS = {"lower": "↓", "higher": "↑", "neither": ""}
LONGEST_NAME = 28


def print_table(console: Console, study: Study) -> None:
    """Prints the table of the study, readable from 80 columns on."""
    summary = summarise(study)
    title = Text(f"{study.scenario}: mean ± half of the 95 % interval over {_seeds(study)}", style="italic")
    console.print(title if len(study.seeds) > 1 else Text(f"{study.scenario}: {_seeds(study)}", style="italic"))
    for table in tables(summary, width=console.width):
        console.print(table)
    signs = [f"{SIGNS[standing]} {LEGEND[standing]}" for standing in LEGEND if standing in summary.standings]
    arrows = [
        f"{ARROWS[better]} {better} is better"
        for better in ("lower", "higher")
        if any(metric.better == better for metric in summary.metrics)
    ]
    if signs or arrows:
        console.print(Text("; ".join(signs + arrows), style="dim"))
    console.print(Text(f"data: {study.data_source}", style="dim"))


def tables(summary: Summary, *, width: int) -> list[Table]:
    """One table or, when `width` is too narrow for either direction, several with policies down the side."""
    upright = [_metric_column(summary, metric) for metric in summary.metrics]
    names = [Text(_cut(policy), style="bold") for policy in summary.policies]
    if _width(names, upright, "policy") <= width:
        return [_table("policy", names, upright)]
    turned = [_policy_column(summary, policy) for policy in summary.policies]
    titles = [Text("\n".join(_heading(metric))) for metric in summary.metrics]
    if _width(titles, turned, "metric") <= width:
        return [_table("metric", titles, turned, lines=True)]
    return [_table("policy", names, part) for part in _parts(names, upright, width)]


class _Column:
    def __init__(self, heading: Sequence[str], cells: Sequence[Cell]) -> None:
        self.heading = Text("\n".join(line for line in heading if line))
        self.cells = [_marked(cell) for cell in cells]
        self.width = max(_longest(self.heading), *(cell.cell_len for cell in self.cells))


def _metric_column(summary: Summary, metric: Metric) -> _Column:
    return _Column(_heading(metric), [summary.cells[policy][metric.key] for policy in summary.policies])


def _policy_column(summary: Summary, policy: str) -> _Column:
    return _Column([_cut(policy)], [summary.cells[policy][metric.key] for metric in summary.metrics])


def _heading(metric: Metric) -> list[str]:
    unit = f"{metric.unit} {ARROWS[metric.better]}".strip()
    return [*_folded(metric.title, 16), unit]


def _folded(title: str, width: int) -> Iterator[str]:
    line = ""
    for word in title.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def _marked(cell: Cell) -> Text:
    sign = SIGNS[cell.standing] or " "  # a blank keeps the figures of a column in line
    return Text(f"{cell.text} {sign}", style="bold" if cell.standing == "best" else "")


def _parts(names: Sequence[Text], columns: Sequence[_Column], width: int) -> Iterator[list[_Column]]:
    part: list[_Column] = []
    for column in columns:
        if part and _width(names, [*part, column], "policy") > width:
            yield part
            part = []
        part.append(column)
    if part:
        yield part


def _table(corner: str, names: Sequence[Text], columns: Sequence[_Column], *, lines: bool = False) -> Table:
    table = Table(show_lines=lines, header_style="bold")
    table.add_column(corner, overflow="fold")
    for column in columns:
        table.add_column(column.heading, justify="right", no_wrap=True)
    for row, name in enumerate(names):
        table.add_row(name, *(column.cells[row] for column in columns))
    return table


def _width(names: Sequence[Text], columns: Sequence[_Column], corner: str) -> int:
    first = max(len(corner), *(_longest(name) for name in names))
    return EDGES + first + GAP + sum(column.width + GAP for column in columns)


def _longest(text: Text) -> int:
    return max(line.cell_len for line in text.split("\n", allow_blank=True))


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _seeds(study: Study) -> str:
    seeds = study.seeds
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
