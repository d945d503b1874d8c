"""Findings for people, and for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from scheduler.lint.configuration import Configuration
from scheduler.lint.finding import Finding, Severity

STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.HINT: "bold cyan"}
LONGEST_VALUE: Final = 60


def told(configuration: Configuration, found: Sequence[Finding]) -> dict[str, Any]:
    """One configuration as JSON."""
    return {"source": configuration.source, "findings": [asdict(each) for each in found]}


def shown(configuration: Configuration, found: Sequence[Finding]) -> RenderableType:
    """One configuration for a terminal."""
    return Group(Text(configuration.source, style="bold underline"), *map(_finding, found), summary(found), Text(""))


def summary(found: Iterable[Finding]) -> Text:
    """How many there are of each severity."""
    counts = Counter(each.severity for each in found)
    said = [f"{counts[each]} {each}{'s' if counts[each] > 1 else ''}" for each in Severity if counts[each]]
    return Text(", ".join(said) or "nothing to complain about")


def _finding(finding: Finding) -> RenderableType:
    value = finding.value if isinstance(finding.value, str) else json.dumps(finding.value, default=str)
    short = value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"
    head = Text.assemble(
        (f"{finding.severity:<8}", STYLES[finding.severity]), (finding.path, "bold"), ("  ", ""), (short, "dim")
    )
    lines = (Text(finding.why), Text.assemble(("write: ", "green"), finding.instead))
    return Group(head, *(Padding(line, (0, 0, 0, 8)) for line in lines))
