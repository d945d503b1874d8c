"""While the extender is down: which pods wait, which are placed without it, and whether its own pod is among those."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import DEFAULT_SCHEDULER, Extender
from scheduler.lint.finding import UNSET, Finding, error, hint, warning
from scheduler.lint.rules.reaching import is_loopback, is_service


def availability(asked: Asked) -> Iterator[Finding]:
    """What `ignorable` means here, pods that wait for each other, and the order of calls."""
    yield from _order(asked.configuration.extenders)
    yield from _schedules_itself(asked)
    for extender in asked.configuration.extenders:
        if not extender.verbs:
            continue
        path, said = f"{extender.path}.ignorable", extender.content.get("ignorable", UNSET)
        if extender.ignorable:
            if "bindVerb" in extender.verbs:
                yield hint(
                    path,
                    said,
                    "holds for bind only since Kubernetes 1.30: before, pods stay Pending all the same while it is "
                    "down; since then what it refuses to bind, or binds too late, is bound without devices",
                    "false where GPUs are shared",
                )
            continue
        deadlock = _deadlock(extender, asked)
        if deadlock:
            yield deadlock
        elif not asked.configuration.is_second and not extender.resources:
            yield warning(
                path,
                said,
                "while the extender is down no pod of the cluster is placed, system pods included",
                "true, or a second scheduler for the pods that need it",
            )


def _order(extenders: tuple[Extender, ...]) -> Iterator[Finding]:
    last_needed = max((each.number for each in extenders if not each.ignorable), default=-1)
    for extender in extenders:
        if extender.ignorable and extender.number < last_needed:
            yield hint(
                extender.path,
                extender.number,
                f"is called after extenders[{last_needed}]: kube-scheduler moves ignorable ones to the end",
                "ignorable extenders last, so that the file says what happens",
            )


def _schedules_itself(asked: Asked) -> Iterator[Finding]:
    for scheduler in asked.surroundings.schedulers:
        own = asked.configuration.scheduler_names - {DEFAULT_SCHEDULER}
        if scheduler.is_scheduled and scheduler.scheduler_name in own:
            yield error(
                f"{scheduler.kind} {scheduler.name}: spec.schedulerName",
                scheduler.scheduler_name,
                "the scheduler would have to run to place its own pod",
                DEFAULT_SCHEDULER,
            )


def _deadlock(extender: Extender, asked: Asked) -> Finding | None:
    """Its own pod needs the answer of the extender that waits to be placed."""
    if extender.resources or is_loopback(extender) or not {"filterVerb", "bindVerb"} & set(extender.verbs):
        return None
    names, path = asked.configuration.scheduler_names, f"{extender.path}.managedResources"
    instead = "ignorable: true, managedResources, or a schedulerName for the extender's pod that does not ask it"
    servers = asked.surroundings.behind(extender.host)
    for server in servers:
        if server.is_scheduled and server.scheduler_name in names:
            return error(
                path,
                UNSET,
                f"{server.kind} {server.name} is the extender, and its pod is placed by {server.scheduler_name!r}, "
                "which asks the extender first: after a restart neither gets going",
                instead,
            )
    if servers or asked.configuration.is_second or not is_service(extender, asked.surroundings):
        return None
    return warning(
        path, UNSET, "if the extender's own pod has no schedulerName, it waits for itself and never starts", instead
    )
