"""How an autoscaler, ours or the real one, stands: by its status, and by the passes that it has made."""

from __future__ import annotations

import asyncio

from tests.cluster.api import Api, Object
from tests.cluster.autoscaling.running_autoscaler import RunningAutoscaler
from tests.cluster.waiting import until

PASSES = "edgeward_autoscaler_pass_duration_seconds_count"


def condition(autoscaler: Object, type_: str) -> Object:
    """The condition of that type; empty if there is none."""
    found = [each for each in (autoscaler.get("status") or {}).get("conditions") or () if each["type"] == type_]
    return found[0] if found else {}


async def wait_active(api: Api, namespace: str, *names: str, kind: str = "EdgeAutoscaler") -> None:
    """Until each has read its metrics."""

    async def are_active() -> bool:
        told = [await api.get(kind, name, namespace=namespace) for name in names]
        return all(condition(each, "ScalingActive").get("status") == "True" for each in told)

    await until(are_active, what=f"{kind} {', '.join(names)} to read metrics", timeout_s=90.0, every_s=0.5)


async def rests(autoscaler: RunningAutoscaler, *, passes: int = 4) -> None:
    """Return when it has had so many more passes to change something."""
    before = await asyncio.to_thread(autoscaler.metric, PASSES)

    async def passed() -> bool:
        return await asyncio.to_thread(autoscaler.metric, PASSES) >= before + passes

    await until(passed, what=f"{passes} passes of {autoscaler.name}", timeout_s=60.0, every_s=0.25)
