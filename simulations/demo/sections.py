"""The demo's part of the report: replicas by site with the rungs as bands, the wait against its limit, every step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from autoscaler.planner.decision import Rung
from simulations.demo.run import CORES, Turn, over_limit_s
from simulations.demo.told import KINDS, clock, reason
from simulations.demo.world import LIMIT_MS, SITE
from simulations.report.figure import Grid, KeyEntry, Panel, Section
from simulations.report.style import (
    BLUE,
    DASHES,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    axis,
    layout,
    note,
    plain,
    y_title,
)

OURS: Final = "Edgeward's ladder"
HPA: Final = f"HPA pinned to {SITE['home']}"
_PLACE: Final = {"home": BLUE, "neighbor": SKY, "cloud": ORANGE}
_BAND: Final[dict[Rung, tuple[str, str]]] = {
    "Out": ("rgba(118,118,118,0.10)", "out"),
    "Up": ("rgba(204,121,167,0.22)", "up"),
    "OverEdge": ("rgba(230,159,0,0.20)", "over edge"),
}
_TARGET: Final = 0.7


def sections(ours: Sequence[Turn], hpa: Sequence[Turn]) -> tuple[Section, ...]:
    """What stands above the report's summary."""
    return _replicas(ours, hpa), _waits(ours, hpa), _steps(ours)


def _replicas(ours: Sequence[Turn], hpa: Sequence[Turn]) -> Section:
    most = max(turn.load / CORES / _TARGET for turn in ours)
    panels = tuple(
        Panel(
            content={
                "data": [*_areas(turns), _worth(turns)],
                "layout": layout(
                    xaxis=axis("minutes", range=[0, turns[-1].at_s / 60]),
                    yaxis=axis(range=[0, most + 1.2], dtick=2),
                    annotations=[y_title("replicas, by their size"), *bands[1]],
                    shapes=bands[0],
                ),
            },
            height_px=400,
            describes=f"Replicas by site over time, {name}",
            title=name,
        )
        for name, turns, bands in ((OURS, ours, _bands(ours)), (HPA, hpa, ([], [])))
    )
    key = [
        KeyEntry(label=f"{SITE[place]} ({place})", colour=colour, shape="square") for place, colour in _PLACE.items()
    ]
    key += [
        KeyEntry(label="waits: no node has room", colour=VERMILION, shape="frame"),
        KeyEntry(label="what the load wants, at 70 % of a pod", colour=GREY, shape="line", dash="2px,3px"),
    ]
    return Section(
        anchor="ladder",
        title="A load that triples: replicas by site, and the rung",
        caption="Out while home has room; then bigger pods; then the neighbour, then the cloud; and the same way back. "
        "Bands behind the left plot: the rung that is taken, up being pods that ask for more CPU; "
        "they count by their size.",
        panels=panels,
        key=tuple(key),
        table=_table(ours, hpa),
    )


def _areas(turns: Sequence[Turn]) -> Iterator[dict[str, Any]]:
    minutes = [turn.at_s / 60 for turn in turns]
    for place, colour in _PLACE.items():
        if any(turn.replicas.get(place) for turn in turns):
            count = [_sized(turn, place) for turn in turns]
            yield _area(SITE[place], minutes, count, colour, "0.75")
    if any(turn.waiting for turn in turns):
        yield _area("waits", minutes, [turn.waiting for turn in turns], VERMILION, "0.12")


def _sized(turn: Turn, place: str) -> float:
    """Replicas that run there; bigger ones count for more."""
    count = turn.replicas.get(place, 0)
    return round((count - turn.waiting) * turn.growth, 2) if place == "home" else count


def _area(name: str, minutes: list[float], count: Sequence[float], colour: str, alpha: str) -> dict[str, Any]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return {
        "type": "scatter",
        "name": plain(name),
        "x": minutes,
        "y": count,
        "mode": "lines",
        "stackgroup": "replicas",
        "line": {"color": colour, "width": 1, "shape": "hv"},
        "fillcolor": f"rgba({red},{green},{blue},{alpha})",
        "hovertemplate": "%{y} at %{x:.1f} min<extra>%{fullData.name}</extra>",
    }


def _worth(turns: Sequence[Turn]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": "worth of the load",
        "x": [turn.at_s / 60 for turn in turns],
        "y": [round(turn.load / CORES / _TARGET, 2) for turn in turns],
        "mode": "lines",
        "line": {"color": GREY, "width": 1.5, "dash": "2px,3px"},
        "hovertemplate": "%{y:.1f} at %{x:.1f} min<extra>%{fullData.name}</extra>",
    }


def _bands(turns: Sequence[Turn]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Shapes behind the plot, and what each is called."""
    shapes, notes = [], []
    for rung, part in groupby(turns, key=lambda turn: turn.rung):
        these = list(part)
        colour, name = _BAND[rung]
        from_min, until_min = these[0].at_s / 60, (these[-1].at_s + these[-1].for_s) / 60
        shapes.append(
            {
                "type": "rect", "layer": "below", "yref": "paper", "x0": from_min, "x1": until_min, "y0": 0, "y1": 1,
                "fillcolor": colour, "line": {"width": 0},
            }
        )  # fmt: skip
        middle = (from_min + until_min) / 2
        notes.append(
            note(name, yref="paper", x=middle, y=1, xanchor="center", yanchor="top", textangle=0, font={"size": 12})
        )
    return shapes, notes


def _waits(ours: Sequence[Turn], hpa: Sequence[Turn]) -> Section:
    looks = ((OURS, ours, GREEN, DASHES[0]), (HPA, hpa, PURPLE, DASHES[1]))
    data = [
        {
            "type": "scatter",
            "name": plain(name),
            "meta": rank,
            "x": [turn.at_s / 60 for turn in turns],
            "y": [round(turn.response_ms, 1) for turn in turns],
            "mode": "lines",
            "line": {"color": colour, "width": 2.5, "dash": dash},
            "hovertemplate": "%{y:.0f} ms at %{x:.1f} min<extra>%{fullData.name}</extra>",
        }
        for rank, (name, turns, colour, dash) in enumerate(looks)
    ]
    ticks = [20, 50, 100, 200, 500, 1000]
    limit = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": LIMIT_MS, "y1": LIMIT_MS}
    limit |= {"line": {"color": VERMILION, "width": 1.5, "dash": "dash"}}
    content = {
        "data": data,
        "layout": layout(
            xaxis=axis("minutes", range=[0, ours[-1].at_s / 60]),
            yaxis=axis(type="log", tickvals=ticks, ticktext=[f"{tick:,}" for tick in ticks]),
            shapes=[limit],
            annotations=[
                y_title("users wait, ms (logarithmic)"),
                note(
                    f"limit {LIMIT_MS:g} ms",
                    xref="paper", x=1, y=1.9031, xanchor="right", font={"size": 12, "color": VERMILION},
                ),
            ],
        ),
    }  # fmt: skip
    hurt, spared = over_limit_s(hpa) / 60, over_limit_s(ours) / 60
    return Section(
        anchor="wait",
        title="How long users wait, against the limit",
        caption="Way, work and queue, mean of all users; whoever has waited for a second goes away. "
        f"Over the limit: {OURS} {spared:.0f} min, {HPA} {hurt:.0f} min.",
        panels=(Panel(content=content, height_px=360, describes="Mean wait over time against the limit"),),
        key=tuple(
            KeyEntry(label=name, colour=colour, shape="line", dash=dash, marker=marker, group=rank)
            for rank, ((name, _, colour, dash), marker) in enumerate(zip(looks, ("circle", "square"), strict=True))
        ),
        table=_table(ours, hpa),
    )


def _table(ours: Sequence[Turn], hpa: Sequence[Turn]) -> Grid:
    rows = []
    for turn, other in zip(ours, hpa, strict=True):
        if turn.at_s % 300 == 0:
            places = [str(turn.replicas.get(place, 0)) for place in SITE]
            waits = f"{other.replicas['home'] - other.waiting} + {other.waiting}"
            rows.append(
                (f"{turn.at_s / 60:.0f}", f"{turn.load:.2f}", *places, f"{turn.growth:.1f}", f"{turn.response_ms:.0f}",
                 waits, f"{other.response_ms:.0f}")
            )  # fmt: skip
    return Grid(
        columns=("minutes", "load, cores", *(f"at {site}" for site in SITE.values()), "size at home, times",
                 "wait, ms", "HPA: run + wait", "HPA: wait, ms"),
        rows=tuple(rows),
    )  # fmt: skip


def _steps(ours: Sequence[Turn]) -> Section:
    rows = tuple(
        (clock(turn).strip(), KINDS[turn.step.kind], f"{turn.step.before} → {turn.step.after}", reason(turn.step))
        for turn in ours
        if turn.step is not None
    )
    return Section(
        anchor="steps",
        title="Every step, and why",
        caption="As the autoscaler would say it in an Event.",
        panels=(),
        key=(),
        table=Grid(columns=("when", "rung", "what", "why"), rows=rows),
        is_told=True,
    )
