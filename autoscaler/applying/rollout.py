"""Whether a workload may be given a new pod template now: it is at rest, and replaces its pods a few at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autoscaler.applying.outcome import Refused
from kube.mirror.budgets import ToldBudget

ROLLED_OUT = ("Deployment", "StatefulSet")


def unready(workload: Mapping[str, Any], *, kind: str, label: str, budgets: Sequence[ToldBudget]) -> Refused | None:
    """Why not, or None.

    No roll-out asks a PodDisruptionBudget: only evictions do. So a budget with nothing to spare forbids to begin one;
    once begun, the workload's own limits (maxUnavailable, one ordinal after the other) pace it.
    """
    if kind not in ROLLED_OUT:
        return Refused("NoRollout", f"{label}: a new template would change no pod; only {' or '.join(ROLLED_OUT)} do")
    if strategy := _unpaced(workload, kind):
        return Refused("NotPaced", f"{label}: {strategy}")
    if moving := under_way(workload, kind=kind):
        return Refused("RollingOut", f"{label}: {moving}")
    tight = next((budget for budget in budgets if budget.disruptions_allowed < 1), None)
    if tight is not None:
        return Refused(
            "NoDisruptionAllowed", f"{label}: PodDisruptionBudget {tight.name} allows no disruption at the moment"
        )
    return None


def under_way(workload: Mapping[str, Any], *, kind: str) -> str:
    """What a roll-out still waits for; empty when the workload is at rest (the questions of `kubectl rollout status`).

    Replicas that are not available count, too: to replace the others then would make a bad state worse.
    """
    status = workload.get("status") or {}
    wanted = int((workload.get("spec") or {}).get("replicas", 1))
    there, updated = int(status.get("replicas", 0)), int(status.get("updatedReplicas", 0))
    available = int(status.get("availableReplicas", 0))
    if int(workload["metadata"].get("generation", 0)) > int(status.get("observedGeneration", 0)):
        return "its controller has not seen the last change yet"
    if kind == "StatefulSet" and status.get("updateRevision") != status.get("currentRevision"):
        return f"a roll-out is under way: {updated} of {wanted} replicas are updated"
    if kind == "Deployment" and updated < wanted:
        return f"a roll-out is under way: {updated} of {wanted} replicas are updated"
    if kind == "Deployment" and there > updated:
        return f"a roll-out is under way: {there - updated} old replicas are still there"
    if available < wanted:
        return f"{available} of {wanted} replicas are available"
    return ""


def _unpaced(workload: Mapping[str, Any], kind: str) -> str:
    spec = workload.get("spec") or {}
    if kind == "Deployment" and (spec.get("strategy") or {}).get("type") == "Recreate":
        return "its strategy Recreate would stop all replicas at once"
    if kind == "StatefulSet" and (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return "its updateStrategy OnDelete replaces no pod by itself"
    return ""
