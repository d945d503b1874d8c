"""nodeCacheCapable: names of nodes, or whole nodes twice for every pod."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import flag
from scheduler.lint.finding import UNSET, Finding, hint, warning


def payload(asked: Asked) -> Iterator[Finding]:
    """Extenders that are sent whole nodes."""
    for extender in asked.configuration.extenders:
        if flag(extender.content, "nodeCacheCapable") or not {"filterVerb", "prioritizeVerb"} & set(extender.verbs):
            continue
        path, said = f"{extender.path}.nodeCacheCapable", extender.content.get("nodeCacheCapable", UNSET)
        size = "1,000 nodes are about 12 MB of JSON for each call instead of 13 kB of names"
        if "filterVerb" in extender.verbs:
            yield warning(
                path,
                said,
                f"{size}; and since Kubernetes 1.34 the scheduler's own scores take every node for idle after the "
                "filter call (kubernetes/kubernetes#141781)",
                "true, for an extender that watches nodes itself, as ours does",
            )
        else:
            yield hint(path, said, size, "true, for an extender that watches nodes itself, as ours does")
