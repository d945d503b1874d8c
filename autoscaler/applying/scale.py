"""Replicas, through the scale subresource: it is the same for everything that can be scaled, and needs few rights.

Its resourceVersion is that of the workload itself, for built-in kinds and custom resources alike, so the version that a
watch of the workload told is the one to guard with, and no read of `scale` is needed for it.
"""

from __future__ import annotations

from autoscaler.applying.guarded import Change, Thing, write
from autoscaler.applying.outcome import Done, Outcome
from autoscaler.applying.workload import Workload
from kube.client import KubeClient


async def scale(client: KubeClient, workload: Workload, *, seen: int, version: str, to: int) -> Outcome:
    """From *seen* replicas, as they were at the workload's *version*, to *to*; ChangedByOthers if they are others."""
    if to == seen:
        return Done(version=version, wrote=False)
    change = Change(
        path=f"{workload.path}/scale",
        body=lambda version: {"metadata": {"resourceVersion": version}, "spec": {"replicas": to}},
        is_seen=lambda now: _replicas(now) == seen,
        is_wanted=lambda now: _replicas(now) == to,
        differs=lambda now: (
            f"{workload.label} was to go from {seen} to {to} replicas, but somebody set it to {_replicas(now)}"
        ),
    )
    return await write(client, change, version)


def _replicas(scale_now: Thing) -> int:
    # Go leaves a zero out of scale.spec
    return int(scale_now.get("spec", {}).get("replicas", 0))
