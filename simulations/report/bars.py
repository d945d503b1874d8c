"""Sections with bars: how a whole divides (tier shares), and decisions refused with their reasons.

A row's name stands above its bar and not left of it: names are as long as their authors like, and on a phone a column
of names would leave no room for bars. Values are means over the seeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulations.report.figure import Grid, KeyEntry, Panel, Section
from simulations.report.style import INK, PARTS, VERMILION, axis, cut, layout, note, part_colours, plain, whole_ticks
from simulations.rounding import decimals, number, short
from simulations.study import Study

ROW_PX: Final = 48
BAR: Final = 0.4  # of a row; the rest is the name above and air
LONGEST_LABEL: Final = 46
DARK: Final = frozenset({"#0072B2", "#009E73", "#D55E00", "#444444"})  # these take white text


def share_sections(study: Study) -> list[Section]:
    """One section for each kind of share that the runs have."""
    keys = list(dict.fromkeys(key for run in study.runs for key in run.shares))
    return [_share_section(study, key, f"shares-{rank}") for rank, key in enumerate(keys, start=1)]


def refusal_section(study: Study) -> Section | None:
    """Decisions refused, a panel for each policy; `None` when nothing was ever refused."""
    counts = {policy: _means([run.refusals for run in study.of(policy)]) for policy in study.policies}
    totals = _totals(counts)
    reasons = sorted(
        (reason for reason, total in totals.items() if total > 0), key=lambda reason: (-totals[reason], reason)
    )
    if not reasons:
        return None
    most = max(count for row in counts.values() for count in row.values())
    several = len(study.seeds) > 1
    label = "refusals" + (", mean per run" if several else "")
    panels = []
    for policy, row in counts.items():
        values = [row.get(reason, 0.0) for reason in reasons]
        texts = [short(value) if value else "0" for value in values]
        trace = _bars(values, texts, colour=VERMILION) | {"textposition": "outside", "cliponaxis": False}
        content = _rows(reasons, [trace], axis(label, range=[0, most * 1.2], **whole_ticks(most)))
        described = f"Refusals of {policy}: {number(sum(values), 0)} in all, most of them {reasons[0]}"
        panels.append(Panel(content=content, height_px=_height(len(reasons)), describes=described, title=policy))
    places = decimals([value for row in counts.values() for value in row.values()])
    return Section(
        anchor="refusals",
        title="Decisions refused, and why",
        caption="How often a node or a decision was refused, and by which reason; all panels have the same scale.",
        panels=tuple(panels),
        key=(),
        table=Grid(
            columns=("reason", *counts),
            rows=tuple(
                (reason, *(number(row.get(reason, 0.0), places) for row in counts.values())) for reason in reasons
            ),
        ),
    )


def row_panel(
    title: str,
    names: list[str],
    values: list[float],
    *,
    most: float,
    label: str,
    colours: list[str],
    ticks: dict[str, Any],
) -> Panel:
    """One bar a row, in the given order; `most` is the longest bar of all panels that are to be compared."""
    trace = _bars(values, [short(value) if value else "0" for value in values], colour=colours)
    trace |= {"textposition": "outside", "cliponaxis": False}
    content = _rows(names, [trace], axis(label, range=[0, (most or 1.0) * 1.2], **ticks))
    return Panel(content=content, height_px=_height(len(names)), describes=f"{label} of {title}", title=title)


def _share_section(study: Study, key: str, anchor: str) -> Section:
    rows = {
        policy: _means([run.shares[key] for run in study.of(policy) if run.shares.get(key)])
        for policy in study.policies
    }
    rows = {policy: row for policy, row in rows.items() if row}
    found = list(dict.fromkeys(part for row in rows.values() for part in row))
    parts = [part for part in PARTS if part in found] + [part for part in found if part not in PARTS]
    colours = part_colours(parts)
    whole = max(sum(row.values()) for row in rows.values())
    percent = key.endswith("_pct")
    unit = " %" if percent else ""
    data = []
    for rank, part in enumerate(parts):
        values = [row.get(part, 0.0) for row in rows.values()]
        # a figure that does not fit into its piece is left to the hover text and the table
        texts = [f"{number(value, 1)}{unit}" if value >= 0.12 * whole else "" for value in values]
        trace = _bars(values, texts, colour=colours[part]) | {"name": plain(part), "meta": rank}
        trace["textfont"] = {"color": "#ffffff" if colours[part] in DARK else INK}
        trace["hovertext"] = [f"{plain(part)} {short(value)}{unit}" for value in values]
        data.append(trace)
    title = key.removesuffix("_pct").replace("_", " ").capitalize()
    title = f"{title}s" if title.endswith("share") else title
    end = 100.0 if percent and math.isclose(whole, 100.0, abs_tol=2) else whole
    content = _rows(list(rows), data, axis("share, %" if percent else "share", range=[0, end * 1.005]))
    places = 2 if percent else decimals([value for row in rows.values() for value in row.values()])
    return Section(
        anchor=anchor,
        title=title,
        caption="Mean over seeds." if len(study.seeds) > 1 else "",
        panels=(Panel(content=content, height_px=_height(len(rows)), describes=f"{title} of {len(rows)} policies"),),
        key=tuple(
            KeyEntry(label=part, colour=colours[part], shape="square", group=rank) for rank, part in enumerate(parts)
        ),
        table=Grid(
            columns=("policy", *(f"{part}, %" if percent else part for part in parts)),
            rows=tuple(
                (policy, *(number(row.get(part, 0.0), places) for part in parts)) for policy, row in rows.items()
            ),
        ),
    )


def _bars(values: list[float], texts: list[str], *, colour: str | list[str]) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "y": list(range(len(values))),
        "x": [float(f"{value:.6g}") for value in values],
        "width": BAR,
        "marker": {"color": colour, "line": {"color": "#ffffff", "width": 1}},
        "text": texts,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "hoverinfo": "text",
        "hovertext": texts,
    }


def _rows(names: list[str], data: list[dict[str, Any]], x_axis: dict[str, Any]) -> dict[str, Any]:
    """Bars in rows from the top, each with its name above it; zooming stays across."""
    labels = [
        note(plain(cut(name, LONGEST_LABEL)), xref="paper", x=0, y=row - BAR / 2, yshift=1)
        for row, name in enumerate(names)
    ]
    y_axis = axis(
        range=[len(names) - 0.6, -0.8],
        fixedrange=True,
        showticklabels=False,
        ticks="",
        showgrid=False,
        automargin=False,
    )
    margin = {"l": 8, "r": 16, "t": 30, "b": 54}
    return {
        "data": data,
        "layout": layout(barmode="stack", xaxis=x_axis, yaxis=y_axis, annotations=labels, margin=margin),
    }


def _height(rows: int) -> int:
    return 30 + 54 + round(ROW_PX * (rows + 0.2))


def _means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean of each key over the runs; a run without the key counts as zero."""
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: math.fsum(row.get(key, 0.0) for row in rows) / len(rows) for key in keys}


def _totals(counts: dict[str, dict[str, float]]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for row in counts.values():
        for reason, count in row.items():
            totals[reason] = totals.get(reason, 0.0) + count
    return totals
