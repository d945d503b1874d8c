"""The outcome of a played log for people, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from policies.engine.journal import Verb
from simulations.decision_log.play import Played

_SHOWN = 10
_VERBS: tuple[Verb, ...] = ("filter", "prioritize", "devices")


def shown(played: Played, *, source: str, policy: str) -> RenderableType:
    """Decisions by verb, and the first differences."""
    table = Table()
    for column in ("verb", "decisions", "same answer", "another answer"):
        table.add_column(column, justify="left" if column == "verb" else "right")
    for verb in _VERBS:
        same, different = played.same[verb], played.different[verb]
        table.add_row(verb, f"{same + different:,}", f"{same:,}", f"{different:,}")
    # no title: that would be as narrow as the table, and a long path broken in the middle
    parts: list[RenderableType] = [Text(f"{source}: decided again by {policy or 'the recorded profiles'}"), table]
    if played.unanswered:
        parts.append(Text(f"{played.unanswered:,} questions have no answer in the log"))
    for difference in played.differences[:_SHOWN]:
        parts.append(Text.assemble((f"{difference.verb} {difference.pod}", "bold"), f"\n  was  {difference.was}"))
        parts.append(Text(f"  now  {difference.now}"))
    if len(played.differences) > _SHOWN:
        parts.append(Text(f"… and more; --json FILE lists the first {len(played.differences):,}"))
    return Group(*parts)


def document(played: Played, *, source: str, policy: str) -> dict[str, Any]:
    """All of it."""
    return {
        "source": source,
        "policy": policy or None,
        "decisions": {verb: {"same": played.same[verb], "different": played.different[verb]} for verb in _VERBS},
        "unanswered": played.unanswered,
        "differences": [asdict(difference) for difference in played.differences],
    }
