"""A KubeSchedulerConfiguration as the rules read it.

Reading is lenient: a field of the wrong type counts as absent here, because the rule about form has said so already,
and all the others still have something to say about the rest of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

DEFAULT_SCHEDULER: Final = "default-scheduler"
VERBS: Final = ("filterVerb", "prioritizeVerb", "preemptVerb", "bindVerb")

Content = Mapping[str, Any]


def mapping(content: Content, key: str) -> Content:
    """The mapping at that key, empty when there is none."""
    found = content.get(key)
    return found if isinstance(found, dict) else {}


def mappings(content: Content, key: str) -> tuple[Content, ...]:
    """The mappings of the list at that key; an entry that is none counts as empty, so that places stay right."""
    found = content.get(key)
    return tuple(each if isinstance(each, dict) else {} for each in found) if isinstance(found, list) else ()


def text(content: Content, key: str) -> str:
    """The text at that key, empty when there is none."""
    found = content.get(key)
    return found if isinstance(found, str) else ""


def flag(content: Content, key: str) -> bool:
    """Whether that key is true."""
    return content.get(key) is True


def whole(content: Content, key: str) -> int | None:
    """The whole number at that key."""
    found = content.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


@dataclass(frozen=True)
class Extender:
    """One entry of `extenders`."""

    number: int
    content: Content

    @property
    def path(self) -> str:
        """Where it is in the file."""
        return f"extenders[{self.number}]"

    @cached_property
    def url(self) -> SplitResult:
        """Its urlPrefix in parts; what is no URL has an empty scheme or host."""
        try:
            parts = urlsplit(text(self.content, "urlPrefix"))
            _ = parts.port, parts.hostname
        except ValueError:
            return urlsplit("")
        return parts

    @property
    def host(self) -> str:
        """The host of its URL, in lower case."""
        return (self.url.hostname or "").lower()

    @property
    def weight(self) -> int:
        """Its weight; 0 when it has none."""
        return whole(self.content, "weight") or 0

    @property
    def verbs(self) -> tuple[str, ...]:
        """Those of its verb fields that are filled."""
        return tuple(field for field in VERBS if text(self.content, field))

    @property
    def ignorable(self) -> bool:
        """Whether kube-scheduler goes on without it."""
        return flag(self.content, "ignorable")

    @property
    def resources(self) -> tuple[Content, ...]:
        """Its managedResources."""
        return mappings(self.content, "managedResources")


@dataclass(frozen=True)
class SchedulerProfile:
    """One entry of `profiles`, or the one that kube-scheduler makes up when there is none."""

    number: int | None
    content: Content
    name: str

    @property
    def path(self) -> str:
        """Where it is in the file; empty for the one made up."""
        return "" if self.number is None else f"profiles[{self.number}]"


@dataclass(frozen=True)
class Configuration:
    """One configuration; *source* is what messages call it."""

    source: str
    content: Content

    @cached_property
    def extenders(self) -> tuple[Extender, ...]:
        """All extenders, in the order of the file."""
        return tuple(Extender(number, each) for number, each in enumerate(mappings(self.content, "extenders")))

    @cached_property
    def profiles(self) -> tuple[SchedulerProfile, ...]:
        """All profiles; the default one when the file has none, as kube-scheduler has it."""
        found = mappings(self.content, "profiles")
        if not found:
            return (SchedulerProfile(None, {}, DEFAULT_SCHEDULER),)
        # kube-scheduler gives the default name to a profile that is alone and has none
        alone = DEFAULT_SCHEDULER if len(found) == 1 else ""
        return tuple(
            SchedulerProfile(number, each, text(each, "schedulerName") or alone) for number, each in enumerate(found)
        )

    @property
    def scheduler_names(self) -> frozenset[str]:
        """The names under which pods ask for it."""
        return frozenset(profile.name for profile in self.profiles)

    @property
    def is_second(self) -> bool:
        """Whether it leaves ordinary pods to the cluster's own scheduler."""
        return DEFAULT_SCHEDULER not in self.scheduler_names
