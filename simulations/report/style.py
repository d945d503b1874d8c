"""How policies, sites and parts of a whole look: told apart without colour, too.

Colours are those of Okabe and Ito (2008), chosen for every kind of colour vision, without the yellow, which is too
faint for a line on white. A policy also has its own dash and marker; seven colours and six dashes come around
together only after 42 policies. Text goes into a plot through `plain`: plotly.js reads a small HTML in every label.
"""

from __future__ import annotations

import html
from typing import Any, Final, NamedTuple

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
)  # fmt: skip
COLOURS: Final = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
DASHES: Final = ("solid", "10px,4px", "2px,3px", "12px,3px,2px,3px", "5px,3px", "16px,4px,5px,4px")
MARKERS: Final = ("circle", "square", "diamond", "triangle-up", "cross", "x", "triangle-down", "star", "pentagon")
GREY: Final = "#767676"
GRID: Final = "#e4e4e4"
INK: Final = "#1f1f1f"

FEW: Final = 8  # from here on plotly has a tick at every whole number at most

PARTS: Final = {
    "local": BLUE,
    "neighbor": SKY,
    "cloud": ORANGE,
    "far": PURPLE,
}  # a part's colour where it has a fixed one
OTHER_PARTS: Final = (GREEN, VERMILION, "#999999", "#444444")


class Look(NamedTuple):
    """A policy's line."""

    colour: str
    dash: str
    marker: str

    @property
    def band(self) -> str:
        """The same colour, faint, for the band around a line."""
        red, green, blue = (int(self.colour[at : at + 2], 16) for at in (1, 3, 5))
        return f"rgba({red},{green},{blue},0.14)"


def look(rank: int) -> Look:
    """The look of the policy at that place in the scenario's order."""
    return Look(COLOURS[rank % len(COLOURS)], DASHES[rank % len(DASHES)], MARKERS[rank % len(MARKERS)])


def part_colours(parts: list[str]) -> dict[str, str]:
    """A colour for each part of a whole; the tiers have theirs in every report."""
    others = [part for part in parts if part not in PARTS]
    return PARTS | {part: OTHER_PARTS[rank % len(OTHER_PARTS)] for rank, part in enumerate(others)}


def plain(text: str) -> str:
    """Text that plotly.js shows as it is, markup included."""
    return html.escape(" ".join(text.split()), quote=False)


def cut(text: str, longest: int) -> str:
    """Text that has to fit; the tables have all of it."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """An axis with its unit in the title."""
    return {
        "title": {"text": plain(title), "standoff": 10, "font": {"size": 13}},
        "gridcolor": GRID,
        "linecolor": GREY,
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": GREY,
        "automargin": True,
        "exponentformat": "none",
        "separatethousands": True,
        **more,
    }


def whole_ticks(most: float) -> dict[str, Any]:
    """What keeps an axis of counts up to `most` from ticks between two whole numbers."""
    return {"dtick": 1} if most < FEW else {}


def layout(**more: Any) -> dict[str, Any]:
    """What all plots share."""
    return {
        "font": {
            "family": "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
            "size": 13,
            "color": INK,
        },
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "margin": {"l": 54, "r": 20, "t": 48, "b": 54},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"namelength": -1},
        **more,
    }


def note(text: str, **place: Any) -> dict[str, Any]:
    """Text in a plot, without an arrow; `text` is plotly's, so names in it have gone through `plain`."""
    return {"text": text, "showarrow": False, "xanchor": "left", "yanchor": "bottom", "align": "left", **place}


def y_title(text: str) -> dict[str, Any]:
    """The y axis' title, level and above the axis: it stays readable on a phone and costs no width."""
    return note(plain(text), xref="paper", yref="paper", x=0, y=1, xshift=-46, yshift=8, font={"size": 13})
