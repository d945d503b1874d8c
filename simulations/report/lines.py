"""Sections with lines: latency distribution, GPU allocation and fragmentation, pods, late requests, utilisation.

One line a policy. The latency axis turns logarithmic when the slowest request took more than fifty times as long as
the fast ones: on a straight axis nearly all of the distribution would be one upright stroke. Time is in the unit that
people would say. Lines that lie over each other stay visible all the same: the first is drawn widest, each has its
markers elsewhere (`overlap.py`), and the caption names those that coincide.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np

from simulations.report.bands import Band, Floats, band, drawn
from simulations.report.figure import Grid, KeyEntry, Panel, Section
from simulations.report.overlap import THIN_PX, coinciding, marked, widths
from simulations.report.style import GREY, axis, layout, look, note, plain, whole_ticks, y_title
from simulations.result import CURVES
from simulations.rounding import decimals, number
from simulations.study import Study

WIDE: Final = 50  # highest x over the x that 5 % stay below
MOST_BANDS: Final = 6  # more of them cover one another, and the lines
PERCENTILES: Final = (50.0, 90.0, 95.0, 99.0)
TABLE_ROWS: Final = 11
DISTRIBUTIONS: Final = frozenset({"latency_cdf"})
OVER_TIME: Final = frozenset({"pending", "utilisation", "replicas", "late"})
COUNTS: Final = frozenset({"pending", "replicas"})
BESIDE: Final = {"replicas": "needed"}  # a curve that is every policy's, drawn in grey below the others
TIME_UNITS: Final = (("h", 3600.0, 7200.0), ("min", 60.0, 180.0), ("s", 1.0, 0.0))  # its seconds, and used above which
MARKER_PX: Final = 9
CAPTIONS: Final = {
    "latency_cdf": "How large a share was at most that slow. Further left and up is better.",
    "gpu_alloc": "Pods arrive until more GPU was asked for than there is. On the dotted line every request is granted.",
    "gpu_frag": "Free GPU that an average pod of this workload cannot use. Lower is better.",
    "pending": "Pods that wait for a node.",
    "utilisation": "CPU that placed pods requested.",
    "replicas": "Grey: as many pods as the load would keep busy, all of the time. What is above it stands ready.",
    "late": "Requests that came when no ready pod had room for them, summed from the beginning.",
}


def line_section(study: Study, key: str) -> Section | None:
    """The section of that curve, `None` when no run has one."""
    kind = CURVES[key]
    distribution = key in DISTRIBUTIONS
    bands = _bands(study, key)
    if not bands:
        return None
    x_label = kind.x_label
    x_scale = 1.0
    if key in OVER_TIME:
        bands, unit, x_scale = _in_handy_time(bands)
        x_label = f"{x_label.removesuffix(', s')}, {unit}"
    logarithmic = distribution and _is_wide(bands)
    ranks = {policy: rank for rank, policy in enumerate(study.policies)}
    banded = len(bands) <= MOST_BANDS
    data = [*_beside(study, key, x_scale), *_lines(bands, ranks, logarithmic=logarithmic, banded=banded)]
    notes = [y_title(kind.y_label)]
    shapes: list[dict[str, Any]] = []
    if distribution:
        for share in (50, 95):
            shapes.append(_rule(xref="paper", x0=0, x1=1, y0=share, y1=share))
            notes.append(
                note(f"{share} %", xref="paper", x=1, y=share, xanchor="right", font={"size": 11, "color": GREY})
            )
    if key == "gpu_alloc":
        most = min(100.0, max(float(line.x[-1]) for line in bands.values()))
        shapes.append(_rule(x0=0, y0=0, x1=most, y1=most))
    x_axis = _x_axis(x_label, bands, logarithmic=logarithmic)
    y_axis = _y_axis(key, bands)
    content = {"data": data, "layout": layout(xaxis=x_axis, yaxis=y_axis, annotations=notes, shapes=shapes)}
    panels = [Panel(content=content, height_px=440, describes=f"{kind.title}: {kind.y_label} over {x_label}")]
    if key == "gpu_alloc" and (part := _where_they_part(bands)) is not None:
        panels = [replace(panels[0], title="All of it"), _close_up(content, part, panels[0].describes)]
    caption = CAPTIONS[key]
    if any(line.seeds > 1 for line in bands.values()):
        caption += " Line: mean over seeds" + ("; band: from the lowest to the highest seed." if banded else ".")
    if groups := coinciding(bands):
        together = "; ".join(f"{', '.join(group[:-1])} and {group[-1]}" for group in groups)
        caption += f" Policies that coincide (less than 1 % apart everywhere): {together}."
    return Section(
        anchor=key.replace("_", "-"),
        title=kind.title,
        caption=caption,
        panels=tuple(panels),
        key=tuple(_entry(policy, ranks[policy]) for policy in bands),
        table=_percentiles(bands) if distribution else _samples(x_label, bands),
    )


def _bands(study: Study, key: str) -> dict[str, Band]:
    curves = {policy: [run.curves[key] for run in study.of(policy) if key in run.curves] for policy in study.policies}
    return {policy: band(lines, distribution=key in DISTRIBUTIONS) for policy, lines in curves.items() if lines}


def _x_axis(label: str, bands: dict[str, Band], *, logarithmic: bool) -> dict[str, Any]:
    if logarithmic:
        return axis(f"{label} (logarithmic)", type="log", **_log_ticks(bands))
    last = max(float(line.x[-1]) for line in bands.values())
    return axis(label, range=[0, last * 1.01 or 1.0])  # plotly's own room for markers would show a time before 0


def _y_axis(key: str, bands: dict[str, Band]) -> dict[str, Any]:
    if key in DISTRIBUTIONS:
        return axis(range=[0, 102])
    if key in COUNTS:
        most = max(float(line.high.max()) for line in bands.values())
        return axis(range=[0, max(most, 1.0) * 1.05], **whole_ticks(most))
    return axis(rangemode="tozero")


def _lines(bands: dict[str, Band], ranks: dict[str, int], *, logarithmic: bool, banded: bool) -> list[dict[str, Any]]:
    width_px = widths(bands)
    seen = {policy: _positive(line) if logarithmic else line for policy, line in bands.items()}
    markers = marked(seen, logarithmic=logarithmic)
    data = []
    for policy, line in seen.items():
        data += [_band(ranks[policy], policy, line)] if banded and line.seeds > 1 else []
        data.append(_line(ranks[policy], policy, line, width_px=width_px[policy], markers=markers[policy]))
    return data


def _line(rank: int, policy: str, line: Band, *, width_px: float, markers: frozenset[int]) -> dict[str, Any]:
    style = look(rank)
    return {
        "type": "scatter",
        "name": plain(policy),
        "meta": rank,
        "x": drawn(line.x),
        "y": drawn(line.mean),
        "mode": "lines+markers" if len(line.x) > 1 else "markers",
        "line": {"color": style.colour, "dash": style.dash, "width": width_px},
        "marker": {
            "color": style.colour,
            "symbol": style.marker,
            "size": [MARKER_PX if at in markers else 0 for at in range(len(line.x))],
            "opacity": 1,
            "line": {"color": "#ffffff", "width": 1},  # on a wide line of its own colour it would not be seen
        },
        "hovertemplate": "%{y:.4~g} at %{x:.4~g}<extra>%{fullData.name}</extra>",
    }


def _band(rank: int, policy: str, line: Band) -> dict[str, Any]:
    style = look(rank)
    return {
        "type": "scatter",
        "name": plain(policy),
        "meta": rank,
        "x": drawn(np.concatenate([line.x, line.x[::-1]])),
        "y": drawn(np.concatenate([line.high, line.low[::-1]])),
        "mode": "lines",
        "fill": "toself",
        "fillcolor": style.band,
        "line": {"width": 0, "color": style.colour},
        "hoverinfo": "skip",
    }


def _in_handy_time(bands: dict[str, Band]) -> tuple[dict[str, Band], str, float]:
    """The lines over hours, minutes or seconds, whichever suits how long it took; that unit, and its seconds."""
    last = max(float(line.x[-1]) for line in bands.values())
    unit, seconds, _ = next(choice for choice in TIME_UNITS if last > choice[2] or choice[2] == 0)
    return {policy: replace(line, x=line.x / seconds) for policy, line in bands.items()}, unit, seconds


def _beside(study: Study, key: str, x_scale: float) -> list[dict[str, Any]]:
    """The grey line, the mean over seeds: what all policies were up against."""
    curves = [
        run.curves[beside] for run in study.of(study.policies[0]) if (beside := BESIDE.get(key, "")) in run.curves
    ]
    if not curves:
        return []
    line = band(curves, distribution=False)
    return [
        {
            "type": "scatter",
            "name": plain(CURVES[BESIDE[key]].title),
            "x": drawn(line.x / x_scale),
            "y": drawn(line.mean),
            "mode": "lines",
            "fill": "tozeroy",
            "fillcolor": "rgba(118,118,118,0.18)",
            "line": {"color": GREY, "width": 1},
            "hovertemplate": "%{y:.4~g} at %{x:.4~g}<extra>%{fullData.name}</extra>",
        }
    ]


def _positive(line: Band) -> Band:
    keep = line.x > 0
    return Band(x=line.x[keep], mean=line.mean[keep], low=line.low[keep], high=line.high[keep], seeds=line.seeds)


def _where_they_part(bands: dict[str, Band]) -> tuple[list[float], list[float]] | None:
    """The last part of the axes, from where the policies differ by 1 %; `None` when that is no close-up."""
    xs = np.unique(np.concatenate([line.x for line in bands.values()]))
    means = np.vstack([np.interp(xs, line.x, line.mean) for line in bands.values()])
    apart = np.flatnonzero(np.ptp(means, axis=0) > 0.01 * means.max())
    if not apart.size or apart[0] < len(xs) / 4:
        return None
    seen = means[:, apart[0] :]
    air = float(np.ptp(seen)) * 0.08
    return [float(xs[apart[0]]), float(xs[-1]) + 1], [float(seen.min()) - air, float(seen.max()) + air]


def _close_up(content: dict[str, Any], part: tuple[list[float], list[float]], describes: str) -> Panel:
    whole = content["layout"]
    axes = {"xaxis": whole["xaxis"] | {"range": part[0]}, "yaxis": whole["yaxis"] | {"range": part[1]}}
    return Panel(
        content={"data": [_thin(trace) for trace in content["data"]], "layout": whole | axes},
        height_px=440,
        describes=f"{describes}, close up",
        title="Where the policies part",
    )


def _thin(trace: dict[str, Any]) -> dict[str, Any]:
    """The line at its usual width: in the close-up they are apart."""
    return trace | {"line": trace["line"] | {"width": min(trace["line"]["width"], THIN_PX)}}


def _rule(**place: Any) -> dict[str, Any]:
    return {"type": "line", "layer": "below", "line": {"color": GREY, "width": 1, "dash": "dot"}, **place}


def _entry(policy: str, rank: int) -> KeyEntry:
    style = look(rank)
    return KeyEntry(label=policy, colour=style.colour, shape="line", dash=style.dash, marker=style.marker, group=rank)


def _is_wide(bands: dict[str, Band]) -> bool:
    fast = min(_reached(line, 5.0) or 0.0 for line in bands.values())
    slow = max(float(line.x[-1]) for line in bands.values())
    return fast > 0 and slow / fast > WIDE


def _log_ticks(bands: dict[str, Band]) -> dict[str, Any]:
    """Ticks at 1, 2, 5, 10, … written out; only the powers of ten when that would be too many for a phone."""
    first = math.floor(
        math.log10(min(float(line.x[line.x > 0].min()) for line in bands.values() if (line.x > 0).any()))
    )
    last = math.ceil(math.log10(max(float(line.x[-1]) for line in bands.values())))
    steps = (1, 2, 5) if last - first <= 3 else (1,)
    values = [step * 10.0**power for power in range(first, last + 1) for step in steps]
    return {"tickvals": values, "ticktext": [f"{value:,.12g}" for value in values]}


def _reached(line: Band, share: float) -> float | None:
    there = np.flatnonzero(line.mean >= share - 1e-9)
    return float(line.x[there[0]]) if there.size else None


def _percentiles(bands: dict[str, Band]) -> Grid:
    found = {policy: [_reached(line, share) for share in PERCENTILES] for policy, line in bands.items()}
    places = decimals([value for values in found.values() for value in values])
    return Grid(
        columns=("policy", *(f"p{share:g}, ms" for share in PERCENTILES)),
        rows=tuple((policy, *(number(value, places) for value in values)) for policy, values in found.items()),
    )


def _samples(x_label: str, bands: dict[str, Band]) -> Grid:
    last = max(float(line.x[-1]) for line in bands.values())
    first = min(float(line.x[0]) for line in bands.values())
    at: Floats = np.linspace(first, last, TABLE_ROWS)
    columns = [np.interp(at, line.x, line.mean) for line in bands.values()]
    x_places = decimals(at)
    y_places = decimals(np.concatenate(columns))
    return Grid(
        columns=(x_label, *bands),
        rows=tuple(
            (number(float(x), x_places), *(number(float(column[row]), y_places) for column in columns))
            for row, x in enumerate(at)
        ),
    )
