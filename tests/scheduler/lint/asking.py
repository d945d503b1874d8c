"""A configuration with nothing to complain about, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import yaml

from policies.engine.catalogue import shipped
from scheduler.lint.asked import Asked
from scheduler.lint.check import findings
from scheduler.lint.finding import Finding
from scheduler.lint.reading import parsed

EXTENDER: dict[str, Any] = {
    "urlPrefix": "http://127.0.0.1:8890/scheduler",
    "filterVerb": "filter",
    "prioritizeVerb": "prioritize",
    "preemptVerb": "preempt",
    "bindVerb": "bind",
    "weight": 141,
    "httpTimeout": "2s",
    "nodeCacheCapable": True,
    "ignorable": False,
}
GOOD: dict[str, Any] = {
    "apiVersion": "kubescheduler.config.k8s.io/v1",
    "kind": "KubeSchedulerConfiguration",
    "leaderElection": {"leaderElect": True, "resourceName": "edgeward-scheduler"},
    "percentageOfNodesToScore": 100,
    "profiles": [{"schedulerName": "edgeward"}],
    "extenders": [EXTENDER],
}
GONE = object()  # takes the field away

Changes = Mapping[str, Any]


def spoiled(changes: Changes, base: Mapping[str, Any] = GOOD) -> dict[str, Any]:
    """The good one with other values at dotted paths (`extenders.0.weight`); GONE removes, a list index may be new."""
    content = deepcopy(dict(base))
    for path, value in changes.items():
        *way, last = path.split(".")
        place: Any = content
        for step in way:
            if isinstance(place, list) and int(step) == len(place):
                place.append({})
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if value is GONE:
            del place[int(last) if isinstance(place, list) else last]
        elif isinstance(place, list) and int(last) == len(place):
            place.append(value)
        else:
            place[int(last) if isinstance(place, list) else last] = value
    return content


def found(text: str, profile: str = "edge-default") -> tuple[Finding, ...]:
    """What is found in the first configuration of a text."""
    there = parsed(text, "file.yaml")
    return findings(Asked(there.configurations[0], shipped().profile(profile), there.surroundings))


def found_in(changes: Changes, profile: str = "edge-default") -> tuple[Finding, ...]:
    """What is found in the good configuration spoiled so."""
    return found(yaml.safe_dump(spoiled(changes)), profile)
