"""A report for people, and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scheduler.conformance.rule import Level
from scheduler.conformance.run import Outcome, Report

SHOWN_CASES: Final = 3
STYLES: Final = {Level.MUST: "bold red", Level.SHOULD: "bold yellow"}


def told(report: Report) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "conformant": report.is_conformant,
        "rules": [
            {
                "name": each.rule.name,
                "level": each.rule.level,
                "promise": each.rule.promise,
                "effect": each.rule.effect,
                "asked": len(each.results),
                "broken": [{"case": result.case, "seen": result.seen} for result in each.broken],
            }
            for each in report.outcomes
        ],
        "took_ms": {
            kind: {"p50": median(times), "p95": high(times), "answers": len(times)}
            for kind, times in report.took_ms.items()
        },
    }


def shown(report: Report) -> RenderableType:
    """The report for a terminal: every rule on a line, and under a broken one what was seen and what comes of it."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for outcome in report.outcomes:
        table.add_row(_mark(outcome), Text(outcome.rule.name), _details(outcome))
    return Group(table, Text(""), _times(report), _verdict(report))


def high(times: Sequence[float]) -> float:
    """The 95th percentile, the nearest of the times above it."""
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]


def _mark(outcome: Outcome) -> Text:
    return Text(outcome.rule.level, style=STYLES[outcome.rule.level]) if outcome.broken else Text("ok", style="green")


def _details(outcome: Outcome) -> Text:
    if not outcome.broken:
        return Text(outcome.rule.promise, style="dim")
    text = Text.assemble((f"broken: {outcome.rule.promise}", "bold"))
    for result in outcome.broken[:SHOWN_CASES]:
        text.append(f"\n• {result.case}: {result.seen}")
    more = len(outcome.broken) - SHOWN_CASES
    text.append(f"\n• and {more} more of {len(outcome.results)}" if more > 0 else "")
    return text.append(f"\nthen: {outcome.rule.effect}", style="italic")


def _times(report: Report) -> Text:
    parts = [f"{kind} {median(each):.1f} / {high(each):.1f} ms" for kind, each in report.took_ms.items()]
    return Text(f"p50 / p95: {', '.join(parts)}" if parts else "")


def _verdict(report: Report) -> Text:
    musts, shoulds = (len(report.broken(level)) for level in Level)
    if musts:
        return Text(f"not conformant: {musts} of what must hold is broken, {shoulds} of what should", style="bold red")
    if shoulds:
        return Text(f"conformant; {shoulds} of what should hold is broken", style="bold yellow")
    return Text("conformant", style="bold green")
