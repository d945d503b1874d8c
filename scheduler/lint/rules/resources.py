"""managedResources: which pods an extender is asked about, and what the scheduler leaves to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import Configuration, Extender, SchedulerProfile, flag, mapping, mappings, text
from scheduler.lint.finding import UNSET, Finding, error, hint, warning
from scheduler.lint.resource_name import fault

FIT: Final = "NodeResourcesFit"


def resources(asked: Asked) -> Iterator[Finding]:
    """Names that are none, that repeat, lists that get overwritten, and pods that are never asked about."""
    yield from _names(asked.configuration)
    yield from _ignored(asked.configuration)
    for extender in asked.configuration.extenders:
        if extender.resources and len(extender.verbs) > 0:
            names = ", ".join(text(each, "name") for each in extender.resources)
            yield hint(
                f"{extender.path}.managedResources",
                names,
                "pods whose containers name none of these in requests or limits are never sent here: neither hints nor "
                "latency limits nor gpu annotations count for them, and neither do pod-level resources and claims",
                "remove it, unless the extender is for these resources only",
            )


def _names(configuration: Configuration) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for extender in configuration.extenders:
        for number, resource in enumerate(extender.resources):
            path, name = f"{extender.path}.managedResources[{number}].name", text(resource, "name")
            why = fault(name)
            if why:
                yield error(
                    path,
                    name or UNSET,
                    f"{why}; kube-scheduler refuses it",
                    "an extended resource, like nvidia.com/gpu",
                )
            elif name in seen:
                yield error(
                    path, name, f"is at {seen[name]} already; kube-scheduler refuses it", "remove one of the two"
                )
            else:
                seen[name] = path


def _ignored(configuration: Configuration) -> Iterator[Finding]:
    """What ignoredByScheduler does to every profile: it replaces NodeResourcesFit's own list."""
    path, names = _left_to_extenders(configuration.extenders)
    if not names:
        return
    for profile in configuration.profiles:
        args = next((each for each in mappings(profile.content, "pluginConfig") if text(each, "name") == FIT), None)
        own = mapping(args or {}, "args").get("ignoredResources")
        if own:
            yield warning(
                f"{profile.path}.pluginConfig[{FIT}].args.ignoredResources",
                own,
                f"is overwritten by ignoredByScheduler of the extenders ({', '.join(names)})",
                "every resource as a managedResource with ignoredByScheduler: true",
            )
        if args is None and _has_no_fit(profile):
            yield error(
                path,
                True,
                f"the profile {profile.name!r} has no {FIT} to tell it to, and kube-scheduler does not start",
                f"false, or {FIT} in that profile's pluginConfig",
            )
    yield hint(
        path,
        True,
        f"no profile counts {', '.join(names)} any more: only the extender keeps nodes from overflowing",
        "false, unless nodes do not report the resource",
    )


def _left_to_extenders(extenders: tuple[Extender, ...]) -> tuple[str, list[str]]:
    found = [
        (f"{extender.path}.managedResources[{number}].ignoredByScheduler", text(resource, "name"))
        for extender in extenders
        for number, resource in enumerate(extender.resources)
        if flag(resource, "ignoredByScheduler")
    ]
    return (found[0][0] if found else ""), [name for _, name in found]


def _has_no_fit(profile: SchedulerProfile) -> bool:
    """Whether the defaults were taken away without it; then it has no arguments either."""
    plugins = mapping(profile.content, "plugins")
    off = {text(each, "name") for each in mappings(mapping(plugins, "multiPoint"), "disabled")}
    on = {text(each, "name") for point in plugins for each in mappings(mapping(plugins, point), "enabled")}
    return bool({"*", FIT} & off) and FIT not in on
