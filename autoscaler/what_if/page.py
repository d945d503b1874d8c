"""The answer as a page that opens offline: replicas by place with the rungs as bands, load beside what pods carry.

Figures are plotly.js' own JSON, which needs none of plotly's Python classes. A content security policy lets nothing run
but our two scripts and nothing load, so a name with markup in it can do nothing either.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from autoscaler.planner.observation import HOME
from autoscaler.planner.replay import Moment
from autoscaler.what_if.answer import RUNGS, Answer
from autoscaler.what_if.said import lasted

MOST_POINTS = 3000  # of a line; finer ones keep their highest and lowest point in each part
MOST_BANDS = 400
_NAMED = 0.07  # of the whole; the name of a narrower band would lie on its neighbours'
_COLOURS = ("#0072B2", "#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00")  # Okabe and Ito
_BANDS = {"Out": "rgba(118,118,118,0.08)", "Up": "rgba(204,121,167,0.22)", "OverEdge": "rgba(230,159,0,0.20)"}
_STYLE = (
    "body{font:16px system-ui,sans-serif;max-width:72rem;margin:1rem auto;padding:0 1rem;color:#1f1f1f}"
    "h1{font-size:1.4rem}table{border-collapse:collapse}td{padding:.2rem .8rem .2rem 0;vertical-align:top}"
    "td+td{text-align:right}.steps td+td{text-align:left}.wide{overflow-x:auto}"
)
_SCRIPT = (
    "const plots=JSON.parse(document.getElementById('plots').textContent);"
    "for(const id in plots)Plotly.newPlot(id,plots[id].data,plots[id].layout,{responsive:true,displaylogo:false});"
)

Floats = npt.NDArray[np.float64]


def page(answer: Answer, name: str, rows: Sequence[tuple[str, str]]) -> str:
    """The page; *rows* are the figures as the terminal's table has them."""
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - a second, for whoever asks for a page

    library = get_plotlyjs()
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in (library, _SCRIPT)
    )
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:"
    plots = json.dumps({"replicas": _replicas(answer), "load": _load(answer)}, sort_keys=True, allow_nan=False)
    title = html.escape(f"{name}: {lasted(answer.sums.seconds / 3600)}")
    figures = "".join(f"<tr><td>{html.escape(what)}</td><td>{html.escape(much)}</td></tr>" for what, much in rows)
    steps = "".join(
        f"<tr><td>{step['at_s'] / 3600:.2f} h</td><td>{html.escape(step['step'])}</td>"
        f"<td>{html.escape(step['before'])} → {html.escape(step['after'])}</td><td>{html.escape(step['why'])}</td></tr>"
        for step in answer.steps[:MOST_BANDS]
    )
    more = len(answer.steps) - MOST_BANDS
    inert = plots.replace("<", "\\u003c")  # it cannot end the element that it stands in
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n<table>{figures}</table>\n"
        '<div id="replicas"></div><div id="load"></div>\n'
        f"<h2>Steps</h2><div class=wide><table class=steps>{steps}</table></div>"
        f"{f'<p>{more} more are in the JSON.</p>' if more > 0 else ''}\n"
        f'<script type="application/json" id="plots">{inert}</script>\n'
        f"<script>{library}</script>\n<script>{_SCRIPT}</script>\n</body></html>\n"
    )


def _replicas(answer: Answer) -> dict[str, Any]:
    moments = answer.moments
    places = [HOME, *dict.fromkeys(place for moment in moments for place in moment.beyond)]
    hours = _hours(answer)
    counts = {
        place: np.array([moment.home if place == HOME else moment.beyond.get(place, 0) for moment in moments])
        for place in places
    }
    keep = _kept(np.sum([*counts.values()], axis=0).astype(np.float64))  # the same for all: they are stacked
    data = []
    for (place, count), colour in zip(counts.items(), _COLOURS * len(places), strict=False):
        line = {"color": colour, "width": 1, "shape": "hv"}
        data.append(_trace(place, hours[keep], count[keep], line) | {"stackgroup": "replicas"})
    return {"data": data, "layout": _layout("Replicas by place; bands: the rung", "replicas", _bands(answer))}


def _load(answer: Answer) -> dict[str, Any]:
    hours = _hours(answer)
    lines = (
        ("pods can carry", np.array([moment.carried for moment in answer.moments]), "#0072B2"),
        ("load", np.array([moment.load for moment in answer.moments]), "#D55E00"),
    )
    data = []
    for name, values, colour in lines:
        keep = _kept(values)
        data.append(_trace(name, hours[keep], values[keep], {"color": colour, "width": 1.5}))
    return {"data": data, "layout": _layout("Load, and what ready pods can carry", "load", [])}


def _trace(name: str, x: Floats, y: Floats, line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": html.escape(name),
        "x": [float(f"{value:.6g}") for value in x],
        "y": [float(f"{value:.5g}") for value in y],
        "line": dict(line),
    }


def _layout(title: str, unit: str, shapes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": {"text": title, "font": {"size": 15}},
        "height": 380,
        "margin": {"l": 60, "r": 20, "t": 50, "b": 50},
        "xaxis": {"title": {"text": "hours"}, "gridcolor": "#e4e4e4"},
        "yaxis": {"title": {"text": unit}, "rangemode": "tozero", "gridcolor": "#e4e4e4"},
        "legend": {"orientation": "h", "y": 1.12, "x": 1, "xanchor": "right"},
        "plot_bgcolor": "#ffffff",
        "shapes": shapes,
    }


def _bands(answer: Answer) -> list[dict[str, Any]]:
    shapes = []
    for rung, part in groupby(answer.moments, key=lambda moment: moment.rung):
        these: list[Moment] = list(part)
        ends_s = these[-1].at_s + these[-1].for_s
        x0, x1 = ((at_s - answer.begins_s) / 3600 for at_s in (these[0].at_s, ends_s))
        band = {"type": "rect", "layer": "below", "yref": "paper", "y0": 0, "y1": 1, "x0": x0, "x1": x1}
        is_wide = ends_s - these[0].at_s > _NAMED * answer.sums.seconds and len(answer.sums.rungs) > 1
        label = {"text": RUNGS[rung], "textposition": "top center"} if is_wide else {}
        shapes.append(band | {"fillcolor": _BANDS[rung], "line": {"width": 0}, "label": label})
    return shapes[:MOST_BANDS]


def _hours(answer: Answer) -> Floats:
    return (np.array([moment.at_s for moment in answer.moments]) - answer.begins_s) / 3600


def _kept(values: Floats) -> npt.NDArray[np.intp]:
    """Which points are drawn: all, or of each of equal parts the lowest and the highest."""
    if len(values) <= MOST_POINTS:
        return np.arange(len(values))
    parts = np.array_split(np.arange(len(values)), MOST_POINTS // 2)
    ends = [(part[values[part].argmin()], part[values[part].argmax()]) for part in parts]
    return np.unique(np.array([0, *(at for pair in ends for at in pair), len(values) - 1]))
