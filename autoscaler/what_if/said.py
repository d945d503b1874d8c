"""The answer as a table for the terminal."""

from __future__ import annotations

from rich.table import Table

from autoscaler.what_if.answer import Answer


def table(answer: Answer, name: str) -> Table:
    """Two columns: what, and how much."""
    hours = answer.sums.seconds / 3600
    shown = Table(
        title=f"{name}: {lasted(hours)}, {len(answer.moments):,} decisions", title_justify="left", show_header=False
    )
    shown.add_column()
    shown.add_column(justify="right")
    for row in rows(answer):
        shown.add_row(*row)
    return shown


def rows(answer: Answer) -> list[tuple[str, str]]:
    """Each figure with its name."""
    figures = answer.figures
    hours = figures["hours"]
    found = [
        ("load, mean and peak", f"{figures['load_mean']:,.4g} and {figures['load_peak']:,.4g}"),
        ("pods × hours", f"{figures['pod_hours']:,.1f}"),
        ("  bigger pods counted as such", f"{figures['pod_hours_by_size']:,.1f}"),
        ("  over what the load would keep busy", _times(figures["pods_over_ideal"])),
        ("replicas, mean and most", f"{figures['pod_hours'] / hours:,.1f} and {figures['replicas_max']:,}"),
        ("under-provisioned", f"{figures['under_provisioned_s']:,.0f} s"),
        ("load that no pod could carry", _percent(figures["load_not_carried_pct"])),
        ("steps", ", ".join(f"{count} {kind}" for kind, count in figures["steps"].items()) or "none"),
        ("flips between out and in", f"{figures['flips']:,}"),
        ("pods started and stopped", f"{figures['churn_pods']:,}"),
    ]
    found += [
        (f"time on the rung {name}", f"{seconds / 36 / hours:.1f} %")
        for name, seconds in figures["rung_s"].items()
        if seconds
    ]
    return found


def lasted(hours: float) -> str:
    """As people say it."""
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} h"


def _times(number: float | None) -> str:
    return "no load" if number is None else f"{number:.2f} ×"


def _percent(number: float | None) -> str:
    return "no load" if number is None else f"{number:.3f} %"
