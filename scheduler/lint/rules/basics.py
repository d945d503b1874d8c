"""Numbers and names of the scheduler itself that it refuses to start with."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import Configuration, mapping, text, whole
from scheduler.lint.finding import UNSET, Finding, error


def basics(asked: Asked) -> Iterator[Finding]:
    """Faults outside the extenders."""
    configuration = asked.configuration
    yield from _numbers(configuration)
    yield from _names(configuration)


def _numbers(configuration: Configuration) -> Iterator[Finding]:
    content = configuration.content
    parallelism = whole(content, "parallelism")
    if parallelism is not None and parallelism <= 0:
        yield error("parallelism", parallelism, "must be greater than 0", "remove it: 16 is the default")
    first, last = whole(content, "podInitialBackoffSeconds"), whole(content, "podMaxBackoffSeconds")
    if first is not None and first <= 0:
        yield error("podInitialBackoffSeconds", first, "must be greater than 0", "remove it: 1 is the default")
    if (10 if last is None else last) < (1 if first is None else first):  # the defaults
        yield error(
            "podMaxBackoffSeconds",
            UNSET if last is None else last,
            "must not be less than podInitialBackoffSeconds",
            f"at least {first}",
        )
    lock = text(mapping(content, "leaderElection"), "resourceLock")
    if lock and lock != "leases":
        yield error("leaderElection.resourceLock", lock, "only leases are left as locks", "leases")


def _names(configuration: Configuration) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for profile in configuration.profiles:
        path = f"{profile.path}.schedulerName"
        if not profile.name:
            yield error(path, UNSET, "each of several profiles needs a name", "what pods give as schedulerName")
        elif profile.name in seen:
            yield error(path, profile.name, f"is the name of {seen[profile.name]}, too", "a name of its own")
        else:
            seen[profile.name] = profile.path
