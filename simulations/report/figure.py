"""A section of the report as a value: panels to draw, a key that explains them, and the same figures as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One plot. `content` is `{data, layout}` as plotly.js takes it; `title` stands above when there are several."""

    content: dict[str, Any]
    height_px: int
    describes: str
    title: str = ""
    shape: float | None = None  # height over width of what is inside the axes, where that must stay (a map)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One line of the key; with a `group` it is a button that hides and shows the traces whose `meta` is that."""

    label: str
    colour: str
    shape: Literal["line", "circle", "square", "ring", "frame"]
    dash: str = "solid"
    marker: str = "circle"
    group: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table: the first column names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One headline with its plots; `key` says what colours and signs mean, `table` has the numbers."""

    anchor: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    key: tuple[KeyEntry, ...]
    table: Grid
    is_told: bool = False  # the table is open, since it is what the section is about
    in_sight: int = 6  # panels; more are one click away: twelve maps would hide the sections that follow
