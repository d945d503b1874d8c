"""Edgeward as it is deployed: what it knows of round trips, the extender, and a stock kube-scheduler that asks it.

    async with deployed(control_plane, api, profile="edge-shortlist", scheduler={"weight": 1}) as extender:

Inside, pods are placed; after it nothing of it is left on the control plane.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from policies.engine.catalogue import shipped
from policies.engine.weight import recommended_weight
from tests.cluster.api import Api
from tests.cluster.control_plane import ControlPlane
from tests.cluster.extender import NAMESPACE, RunningExtender, latency_config_map

RTT_MS = {("local", "local"): 1.0, ("local", "neighbor"): 8.0, ("local", "cloud"): 41.0, ("neighbor", "cloud"): 35.0}


def recommended(profile: str) -> int:
    """The extender's weight with which the hints of a shipped profile decide."""
    return recommended_weight(shipped().profile(profile))


@asynccontextmanager
async def deployed(
    plane: ControlPlane,
    api: Api,
    *,
    rtt_ms: Mapping[tuple[str, str], float] = RTT_MS,
    scheduler: Mapping[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[RunningExtender]:
    """*settings* are the extender's, *scheduler* is what `RunningExtender.scheduler_config` takes."""
    await api.create(latency_config_map(rtt_ms))
    try:
        extender = RunningExtender(plane, **settings)
        try:
            plane.start_scheduler(extender.scheduler_config(**(scheduler or {})))
            try:
                yield extender
            finally:
                plane.stop_scheduler()
        finally:
            extender.stop()
    finally:
        await api.clear("ConfigMap", namespace=NAMESPACE, labelSelector="edgeward.dev/config")


@asynccontextmanager
async def undeployed(plane: ControlPlane) -> AsyncIterator[None]:
    """The same control plane with kube-scheduler alone, to compare with."""
    plane.start_scheduler()
    try:
        yield
    finally:
        plane.stop_scheduler()
