"""What a pod template says of the replicas that it would make: their size, their QoS class, and what they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autoscaler.applying import resources
from autoscaler.planner.observation import Size
from autoscaler.watching.workloads import Scaled

WHOLE_CPU = 1000
_NOTHING: Mapping[str, Any] = {}
_KEPT = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Requests by container, and whether limits and whole CPUs bind them."""

    size: Size
    guaranteed: bool
    pinned: bool  # to whole CPUs, where a node's static CPU manager gives them


class Templates:
    """Reads each template once; replicas of a workload come with the same bytes until somebody changes it."""

    def __init__(self) -> None:
        self._known: dict[bytes, Template] = {}

    def of(self, scaled: Scaled) -> Template:
        """The template of a workload."""
        known = self._known.get(scaled.template)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[scaled.template] = template(scaled.template_content())
        return known


def template(content: Mapping[str, Any]) -> Template:
    """A template's content as a value; init containers that end ask for nothing once a pod runs."""
    spec = content.get("spec") or _NOTHING
    staying = {each.get("name") for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always"}
    found = resources.containers(spec)
    size = {each.name: each.requests for each in found if not each.starting or each.name in staying}
    guaranteed = resources.qos(found) == "Guaranteed"
    whole = all(amounts.get("cpu", 0) % WHOLE_CPU == 0 for amounts in size.values())
    return Template(size=size, guaranteed=guaranteed, pinned=guaranteed and whole)
