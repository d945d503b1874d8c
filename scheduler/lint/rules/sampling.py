"""percentageOfNodesToScore: an extender is shown only the nodes that the scheduler looked for.

From 100 nodes on kube-scheduler stops at a part of the feasible ones (50 - n/125 %, at least 5 %), another part for
each pod. Then the nearest node is often not among those that the extender may choose from.
"""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import whole
from scheduler.lint.finding import UNSET, Finding, error, warning

FIELD = "percentageOfNodesToScore"


def sampling(asked: Asked) -> Iterator[Finding]:
    """Each place that lets the scheduler look at fewer than all nodes; a profile's own value goes before the global."""
    configuration = asked.configuration
    general = whole(configuration.content, FIELD)
    follow = [each.name for each in configuration.profiles if whole(each.content, FIELD) is None]
    if follow or general is not None:
        yield from _finding(FIELD, general, follow, matters=bool(follow and configuration.extenders))
    for profile in configuration.profiles:
        own = whole(profile.content, FIELD)
        if own is not None:
            yield from _finding(f"{profile.path}.{FIELD}", own, [profile.name], matters=bool(configuration.extenders))


def _finding(path: str, value: int | None, names: list[str], *, matters: bool) -> Iterator[Finding]:
    if value is not None and not 0 <= value <= 100:
        yield error(path, value, "must be from 0 to 100", "100")
    elif matters and value != 100:
        seen = (
            "of 1,000 nodes only 420, of 5,000 only 500"
            if not value
            else f"only {value} % of them, never fewer than 100"
        )
        yield warning(
            path,
            UNSET if value is None else value,
            f"the extender is shown another part of the feasible nodes for each pod ({seen}), so the best node is "
            f"often not among them; concerns {', '.join(names)}",
            "100",
        )
