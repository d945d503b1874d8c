"""Values as HTML. Every text from outside goes through `escape`; nothing else makes markup."""

from __future__ import annotations

import html
from typing import Final

from simulations.report.figure import Grid, KeyEntry, Panel, Section
from simulations.summary import LEGEND, Summary, settings_in

SIGNS: Final = {"best": "★", "level": "≈", "": ""}
BETTER: Final = {"lower": "lower is better", "higher": "higher is better", "neither": ""}
LONG: Final = 60  # letters that a third of the page does not take in two lines

_SHAPES: Final = {
    "circle": '<circle cx="{x}" cy="7" r="4.5" fill="{c}"/>',
    "square": '<rect x="{l}" y="2.5" width="9" height="9" fill="{c}"/>',
    "frame": '<rect x="{l}" y="2.5" width="9" height="9" fill="none" stroke="{c}" stroke-width="2"/>',
    "ring": '<circle cx="{x}" cy="7" r="4" fill="none" stroke="{c}" stroke-width="1.5"/>',
    "diamond": '<path d="M{x} 1.5 L{r} 7 L{x} 12.5 L{l} 7 Z" fill="{c}"/>',
    "triangle-up": '<path d="M{x} 2 L{r} 11.5 L{l} 11.5 Z" fill="{c}"/>',
    "triangle-down": '<path d="M{x} 12 L{r} 2.5 L{l} 2.5 Z" fill="{c}"/>',
    "cross": '<path d="M{x} 2 V12 M{l} 7 H{r}" stroke="{c}" stroke-width="3.4"/>',
    "x": '<path d="M{l} 2.5 L{r} 11.5 M{r} 2.5 L{l} 11.5" stroke="{c}" stroke-width="3"/>',
    "star": '<path d="M{x} 1 V13 M{l} 4 L{r} 10 M{r} 4 L{l} 10" stroke="{c}" stroke-width="2"/>',
    "pentagon": '<path d="M{x} 2 L{r} 6 L{rr} 11.5 L{ll} 11.5 L{l} 6 Z" fill="{c}"/>',
}


def escape(text: str) -> str:
    """Text inside an element or a quoted attribute."""
    return html.escape(text, quote=True)


def summary_table(summary: Summary) -> str:
    """Policies down, metrics across, the best of each metric marked."""
    heads = "".join(
        f'<th scope="col">{escape(metric.title)}<small>{escape(metric.unit)}</small>'
        f"<small>{BETTER[metric.better]}</small></th>"
        for metric in summary.metrics
    )
    rows = []
    for policy in summary.policies:
        cells = []
        for metric in summary.metrics:
            cell = summary.cells[policy][metric.key]
            sign = f'<span class="sign">{SIGNS[cell.standing]}</span>'
            cells.append(f'<td class="{cell.standing or "plain"}">{escape(cell.text)}{sign}</td>')
        rows.append(f'<tr><th scope="row">{escape(policy)}</th>{"".join(cells)}</tr>')
    return (
        f'<div class="scroll"><table class="summary"><thead><tr><th scope="col">policy</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def summary_note(summary: Summary, seeds: int) -> str:
    """What the figures and signs of the table mean."""
    said = [f"{SIGNS[standing]} {LEGEND[standing]}" for standing in LEGEND if standing in summary.standings]
    if summary.standings and len({settings_in(policy) for policy in summary.policies}) > 1:
        said.append("only policies with equal settings are compared")
    if seeds > 1:
        said.insert(0, f"mean ± half of the 95 % interval (Student's t) over {seeds} seeds")
    text = "; ".join(said)
    return escape(f"{text[0].upper()}{text[1:]}.") if text else ""


def section(content: Section) -> str:
    """Headline, caption, key, plots, and the same figures as a table."""
    plots = [_panel(content, index, panel) for index, panel in enumerate(content.panels)]
    grid = f'<div class="panels columns-{columns(content)}">'
    body = f"{grid}{''.join(plots[: content.in_sight])}</div>" if plots else ""
    if more := plots[content.in_sight :]:
        body += f'<details class="more"><summary>{len(more)} more</summary>{grid}{"".join(more)}</div></details>'
    return (
        f'<section id="{content.anchor}" aria-labelledby="{content.anchor}-title">'
        f'<h2 id="{content.anchor}-title">{escape(content.title)}</h2>'
        + (f"<p>{escape(content.caption)}</p>" if content.caption else "")
        + _key(content)
        + body
        + (
            f'<div class="told">{grid_table(content.table)}</div>'
            if content.is_told
            else f'<details class="numbers"><summary>The same as a table</summary>{grid_table(content.table)}</details>'
        )
        + "</section>"
    )


def columns(content: Section) -> int:
    """How many panels stand side by side on a wide screen; a map wants half of it."""
    panels = min(len(content.panels), content.in_sight)
    if any(panel.shape is not None for panel in content.panels):
        return min(panels, 2)
    return {1: 1, 2: 2, 4: 2}.get(panels, 3)


def plot_id(content: Section, index: int) -> str:
    """The id of a panel's element, the same in every making of the report."""
    return f"plot-{content.anchor}-{index}"


def grid_table(grid: Grid) -> str:
    """A table with a heading for each column and row."""
    heads = "".join(f'<th scope="col">{escape(column)}</th>' for column in grid.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in grid.rows
    )
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def pairs(values: list[tuple[str, str]]) -> str:
    """Names and what they are set to."""
    rows = []
    for name, value in values:
        kind = ' class="long"' if len(value) > LONG else ""
        rows.append(f"<div{kind}><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>")
    return f"<dl>{''.join(rows)}</dl>"


def _panel(content: Section, index: int, panel: Panel) -> str:
    title = f"<figcaption>{escape(panel.title)}</figcaption>" if panel.title else ""
    shape = "" if panel.shape is None else f' data-shape="{panel.shape:.4f}"'
    return (
        f'<figure>{title}<div class="plot" id="{plot_id(content, index)}" style="height:{panel.height_px}px"{shape} '
        f'role="img" aria-label="{escape(panel.describes)}"></div></figure>'
    )


def _key(content: Section) -> str:
    if not content.key:
        return ""
    entries = []
    for entry in content.key:
        inside = f"{_swatch(entry)}<span>{escape(entry.label)}</span>"
        if entry.group is None:
            entries.append(f"<li>{inside}</li>")
        else:
            entries.append(
                f'<li><button type="button" aria-pressed="true" title="hide or show" '
                f'data-group="{entry.group}">{inside}</button></li>'
            )
    return f'<ul class="key" aria-label="What the colours mean">{"".join(entries)}</ul>'


def _swatch(entry: KeyEntry) -> str:
    wide = entry.shape == "line"
    x = 23.0 if wide else 7.0
    shape = entry.marker if wide else entry.shape
    mark = _SHAPES[shape].format(x=x, l=x - 4.5, r=x + 4.5, ll=x - 3, rr=x + 3, c=entry.colour)
    dash = "" if entry.dash == "solid" else f' stroke-dasharray="{entry.dash.replace("px", "")}"'
    line = f'<path d="M1 7 H45" stroke="{entry.colour}" stroke-width="2"{dash}/>' if wide else ""
    return f'<svg width="{46 if wide else 14}" height="14" aria-hidden="true">{line}{mark}</svg>'
