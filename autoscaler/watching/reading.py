"""A pod as the rules see it, out of what the watch tells.

Replicas of one template share what is made of their containers: the key is those parts of the pod, encoded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from autoscaler.planner.observation import ContainerSeen, PodSeen, Ready, Resize
from policies.model.quantity import milli

_NOTHING: Mapping[str, Any] = {}
_OOM_KILLED = "OOMKilled"
_TEMPLATES = 16_384
_READY: Mapping[str, Ready] = {"True": "True", "False": "False"}
_PENDING_RESIZES: Mapping[str, Resize] = {"Deferred": "Deferred", "Infeasible": "Infeasible"}


class PodReader:
    """Makes `PodSeen` of pods."""

    def __init__(self) -> None:
        self._containers: dict[bytes, tuple[ContainerSeen, ...]] = {}
        self._encode = msgspec.json.Encoder().encode

    def pod(self, content: Mapping[str, Any]) -> PodSeen:
        """The pod at its own place; QuantityError when a request is none."""
        metadata, spec = content.get("metadata") or _NOTHING, content.get("spec") or _NOTHING
        status = content.get("status") or _NOTHING
        conditions = {each.get("type"): each for each in status.get("conditions") or ()}
        ready, scheduled = conditions.get("Ready"), conditions.get("PodScheduled") or _NOTHING
        resize, resize_since_s = _resize(conditions, metadata.get("generation") or 0)
        unplaced = scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable"
        start = status.get("startTime")
        return PodSeen(
            name=metadata.get("name") or "",
            phase=status.get("phase") or "Pending",
            ready=_READY.get(ready.get("status") or "", "Unknown") if ready else None,
            ready_since_s=seconds(ready.get("lastTransitionTime")) if ready else 0.0,
            start_s=seconds(start) if start else None,
            deleting=bool(metadata.get("deletionTimestamp")),
            containers=self._containers_of(spec),
            pod_requests=requests(spec) or None,
            resize=resize,
            resize_since_s=resize_since_s,
            oom_killed=_oom_killed(status.get("containerStatuses") or ()),
            unschedulable_since_s=seconds(scheduled.get("lastTransitionTime")) if unplaced else None,
        )

    def _containers_of(self, spec: Mapping[str, Any]) -> tuple[ContainerSeen, ...]:
        parts = (spec.get("containers"), spec.get("initContainers"))
        key = self._encode(parts)
        known = self._containers.get(key)
        if known is None:
            if len(self._containers) >= _TEMPLATES:
                self._containers.clear()
            known = self._containers[key] = containers(*parts)
        return known


def containers(main: Sequence[Any] | None, init: Sequence[Any] | None) -> tuple[ContainerSeen, ...]:
    """Containers, then init containers, of which those that restart stay and count."""
    return tuple(
        ContainerSeen(name=each.get("name") or "", requests=requests(each), counts=counts)
        for counts, each in (
            *((True, each) for each in main or ()),
            *((each.get("restartPolicy") == "Always", each) for each in init or ()),
        )
    )


def requests(part: Mapping[str, Any], kind: str = "requests") -> dict[str, int]:
    """Thousandths by resource of what a container, or a pod as a whole, asks for."""
    amounts = (part.get("resources") or _NOTHING).get(kind) or _NOTHING
    return {resource: milli(amount if isinstance(amount, int) else str(amount)) for resource, amount in amounts.items()}


@lru_cache(maxsize=65_536)
def seconds(text: str | None) -> float:
    """A Time of Kubernetes in seconds since 1970; 0 where there is none."""
    try:
        return datetime.fromisoformat(text).timestamp() if text else 0.0
    except ValueError:
        return 0.0


def _oom_killed(statuses: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, float], ...]:
    """The containers whose last end was for want of memory, and when. One without its time cannot be told from old."""
    ends = (
        (each.get("name") or "", (state or _NOTHING).get("terminated") or _NOTHING)
        for each in statuses
        for state in (each.get("state"), each.get("lastState"))
    )
    found = ((name, seconds(end.get("finishedAt"))) for name, end in ends if end.get("reason") == _OOM_KILLED)
    return tuple((name, at_s) for name, at_s in found if at_s)


def _resize(conditions: Mapping[Any, Mapping[str, Any]], generation: int) -> tuple[Resize, float]:
    """What the kubelet says of the resize asked for last; an older one's word is none (observedGeneration)."""
    pending, progress = conditions.get("PodResizePending"), conditions.get("PodResizeInProgress")
    for told in (pending, progress):
        if told is None or told.get("status") != "True":
            continue
        if generation and 0 < (told.get("observedGeneration") or 0) < generation:
            continue
        since_s = seconds(told.get("lastTransitionTime"))
        if told is pending:
            return _PENDING_RESIZES.get(told.get("reason") or "", "Deferred"), since_s
        return "Error" if told.get("reason") == "Error" else "InProgress", since_s
    return "", 0.0
