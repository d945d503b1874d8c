"""Where the load went: a panel for each policy, all with the same axes and the same scale of dots.

The map is a plain scatter in degrees. plotly's own maps would fetch coastlines or tiles from the network, and the
report must open without one; a degree is drawn as wide as it is at the middle latitude, so that shapes are right there.
Sites without coordinates get a row each (or, when they are many, a dot in a grid). Clouds are few and heavy, and often
stand among edge sites: they are drawn hollow, so that no edge site is hidden behind one. Where many of the sites are in
a small part of the world, each map has a close-up of that part beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from simulations.report.bars import row_panel
from simulations.report.figure import Grid, KeyEntry, Panel, Section
from simulations.report.map_frame import (
    MARGIN,
    PANEL_PX,
    TALLEST_CLOSE_UP,
    Frame,
    crowd,
    dot_px,
    frame,
    labels,
    written,
)
from simulations.report.style import BLUE, GREY, VERMILION, axis, layout, plain, whole_ticks, y_title
from simulations.result import RunResult, SitePoint
from simulations.rounding import decimals, number, short
from simulations.statistics import estimate
from simulations.study import Study

TIER_LOOKS: Final = {"edge": (BLUE, "circle"), "cloud": (VERMILION, "square")}
MOST_ROWS: Final = 40
GRID_DOT_PX: Final = 18.0
# What `SitePoint.load` counts, by kind of scenario; whether it is a count, which has no half ticks.
LOADS: Final = {
    "edge": ("pods placed", True),
    "microservices": ("pods", True),
    "requests": ("requests per s", False),
    "replicas": ("% of the users", False),
}


class _Load(NamedTuple):
    unit: str
    counted: bool
    most: float


def site_section(study: Study) -> Section | None:
    """The section of sites, `None` when no run has any."""
    loads = {policy: sites for policy in study.policies if (sites := _mean_sites(study.of(policy)))}
    if not loads:
        return None
    placed = [site for sites in loads.values() for site in sites if site.latitude is not None]
    unit, counted = LOADS.get(study.kind, ("load", False))
    load = _Load(unit, counted, max(site.load for sites in loads.values() for site in sites))
    panels: list[Panel] = []
    crowded: list[SitePoint] = []
    if placed:
        each = list({site.name: site for site in placed}.values())
        shown = frame(each, load.most)
        crowded = crowd(each, shown)
        near = frame(crowded, load.most, tallest=TALLEST_CLOSE_UP) if crowded else None
        for policy, sites in loads.items():
            here = [site for site in sites if site.latitude is not None]
            panels.append(_map(policy, here, shown, unit, near))
            if near is not None:
                panels.append(_map(f"{policy}, close up", [site for site in here if near.holds(site)], near, unit))
    for policy, sites in loads.items():
        others = [site for site in sites if site.latitude is None]
        if others:
            title = f"{policy}, sites without coordinates" if placed else policy
            panels.append(_rows(title, others, load))
    tiers = {site.tier for sites in loads.values() for site in sites}
    key = [
        KeyEntry(
            label=f"{tier} site",
            colour=TIER_LOOKS[tier][0],
            shape="circle" if tier == "edge" else "frame" if placed else "square",
        )
        for tier in TIER_LOOKS
        if tier in tiers
    ]
    if any(site.load == 0 for site in placed):
        key.append(KeyEntry(label="nothing there", colour=GREY, shape="ring"))
    mean = " (mean over seeds)" if len(study.seeds) > 1 else ""
    what = f"{unit[0].upper()}{unit[1:]} of each site{mean}" if unit == "load" else f"Each site's load{mean}: {unit}"
    caption = f"{what}. All panels have the same scale. Point at a site for its name and details."
    if placed:
        if crowded:
            caption += " The dotted frame is what the close-up shows."
        caption += " The larger a dot, the more. Drag over a part of a map to zoom in; a double click shows all again."
    return Section(
        anchor="sites",
        title="Sites",
        caption=caption,
        panels=tuple(panels),
        key=tuple(key),
        table=_grid(loads, unit),
        in_sight=12 if len(panels) > len(loads) else 6,
    )


def _mean_sites(runs: Sequence[RunResult]) -> list[SitePoint]:
    """Each site once with its mean load over the runs; a run without that site counts as no load there."""
    having = [run for run in runs if run.sites]
    if len(having) == 1:
        return list(having[0].sites)
    first = {site.name: (run.seed, site) for run in reversed(having) for site in run.sites}
    loads = [{site.name: site.load for site in run.sites} for run in having]
    names = dict.fromkeys(site.name for run in having for site in run.sites)
    sites = []
    for name in names:
        (seed, site), mean = first[name], estimate(load.get(name, 0.0) for load in loads)
        detail = f"seed {seed}: {site.detail}" if site.detail else ""
        sites.append(replace(site, load=mean.mean if mean else 0.0, detail=detail))
    return sites


def _map(policy: str, sites: Sequence[SitePoint], shown: Frame, unit: str, near: Frame | None = None) -> Panel:
    sides = labels(sites, shown)
    data = []
    for tier, (colour, symbol) in TIER_LOOKS.items():
        for busy in (False, True):  # busy ones last, on top; among them the large ones first, below
            group = sorted(
                (s for s in sites if s.tier == tier and (s.load > 0) == busy), key=lambda s: (-s.load, s.name)
            )
            if group:
                hollow = not busy or tier == "cloud"
                trace = _dots(group, shown, symbol=f"{symbol}-open" if hollow else symbol, sides=sides, unit=unit)
                line = {"color": "#ffffff", "width": 0.5} if not hollow else {"width": 2 if busy else 1}
                trace["marker"] |= {"color": colour if busy else GREY, "line": line}
                data.append(trace)
    equal: dict[str, Any] = {"scaleanchor": "x", "scaleratio": shown.stretch, "constrain": "domain"}
    content = {
        "data": data,
        "layout": layout(
            xaxis=axis("longitude, °", range=[shown.west, shown.east], constrain="domain", nticks=7),
            yaxis=axis(range=[shown.south, shown.north], nticks=6, **equal),
            annotations=[y_title("latitude, °")],
            shapes=[] if near is None else [_outline(near)],
            margin=MARGIN,
        ),
    }
    used = sum(site.load > 0 for site in sites)
    return Panel(
        content=content,
        height_px=round((PANEL_PX - MARGIN["l"] - MARGIN["r"]) * shown.shape) + MARGIN["t"] + MARGIN["b"],
        describes=f"Map of {policy}: {used} of {len(sites)} sites used",
        title=policy,
        shape=shown.shape,
    )


def _outline(near: Frame) -> dict[str, Any]:
    place = {"x0": near.west, "x1": near.east, "y0": near.south, "y1": near.north}
    return {"type": "rect", "layer": "below", "line": {"color": GREY, "width": 1, "dash": "dot"}, **place}


def _dots(
    group: Sequence[SitePoint], shown: Frame, *, symbol: str, sides: Mapping[str, str], unit: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [site.longitude for site in group],
        "y": [site.latitude for site in group],
        "text": [plain(written(site)) if site.name in sides else "" for site in group],
        "textposition": [sides.get(site.name, "top center") for site in group],
        "textfont": {"size": 11},
        "marker": {
            "symbol": symbol,
            "size": [round(dot_px(site, shown.most, shown.largest_px), 1) for site in group],
            "opacity": 0.8,
        },
        "hoverinfo": "text",
        "hovertext": [_hover(site, unit) for site in group],
    }


def _hover(site: SitePoint, unit: str) -> str:
    lines = [f"<b>{plain(site.name)}</b>, {site.tier}", f"{short(site.load)} {unit}", plain(site.detail)]
    return "<br>".join(line for line in lines if line)


def _rows(title: str, sites: Sequence[SitePoint], load: _Load) -> Panel:
    if len(sites) <= MOST_ROWS:
        names, loads = [f"{site.name} ({site.tier})" for site in sites], [site.load for site in sites]
        colours = [TIER_LOOKS[site.tier][0] for site in sites]
        ticks = whole_ticks(load.most) if load.counted else {}
        return row_panel(title, names, loads, most=load.most, label=load.unit, colours=colours, ticks=ticks)
    across = math.ceil(math.sqrt(2 * len(sites)))
    down = math.ceil(len(sites) / across)
    data = []
    for tier, (colour, symbol) in TIER_LOOKS.items():
        at = [rank for rank, site in enumerate(sites) if site.tier == tier]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [rank % across for rank in at],
                "y": [rank // across for rank in at],
                "marker": {
                    "symbol": [symbol if sites[rank].load > 0 else f"{symbol}-open" for rank in at],
                    "size": [round(dot_px(sites[rank], load.most, GRID_DOT_PX), 1) for rank in at],
                    "color": [colour if sites[rank].load > 0 else GREY for rank in at],
                },
                "hoverinfo": "text",
                "hovertext": [_hover(sites[rank], load.unit) for rank in at],
            }
        )
    bare: dict[str, Any] = {"showticklabels": False, "ticks": "", "showgrid": False}
    content = {
        "data": data,
        "layout": layout(
            xaxis=axis("sites in the order of the scenario, row by row", range=[-0.8, across - 0.2], **bare),
            yaxis=axis(range=[down - 0.2, -0.8], **bare),
            margin={"l": 14, "r": 14, "t": 30, "b": 44},
        ),
    }
    return Panel(
        content=content, height_px=90 + 24 * down, describes=f"Load of {len(sites)} sites: {title}", title=title
    )


def _grid(loads: dict[str, list[SitePoint]], unit: str) -> Grid:
    tiers = {site.name: site.tier for sites in loads.values() for site in sites}
    by_policy = {policy: {site.name: site.load for site in sites} for policy, sites in loads.items()}
    places = decimals([load for row in by_policy.values() for load in row.values()])
    return Grid(
        columns=("site", "tier", *(f"{policy}, {unit}" for policy in loads)),
        rows=tuple(
            (name, tier, *(number(row.get(name), places) for row in by_policy.values())) for name, tier in tiers.items()
        ),
    )
