"""Pods that wait for a place: what is kept of them to decide on them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NOTHING: Mapping[str, Any] = {}
DEFAULT_SCHEDULER = "default-scheduler"  # the API server fills it in; a test's object may come without


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """One pod that a scheduler of ours is asked to place, with the content that it is decided by."""

    namespace: str
    name: str
    uid: str
    content: Mapping[str, Any]
    scheduler_name: str


def waits(content: Mapping[str, Any], schedulers: frozenset[str]) -> bool:
    """Does the pod wait for one of these schedulers? Not when a gate holds it back or when it is being deleted.

    Those two kube-scheduler passes over as well (skipPodSchedule, plugin SchedulingGates). No names mean all.
    """
    spec = content.get("spec") or _NOTHING
    if spec.get("schedulingGates") or (content.get("metadata") or _NOTHING).get("deletionTimestamp"):
        return False
    return not schedulers or scheduler_name(content) in schedulers


def scheduler_name(content: Mapping[str, Any]) -> str:
    """Who is to place the pod."""
    return (content.get("spec") or _NOTHING).get("schedulerName") or DEFAULT_SCHEDULER
