"""What must hold whatever happened: nobody was bound twice, and no GPU was given to more pods than fit on it."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.cluster.api import Api
from tests.cluster.errors import WaitError
from tests.cluster.objects import GPU

MILLI, DEVICES = "edgeward.dev/gpu-milli", "edgeward.dev/gpu-devices"
WHOLE = 1000  # of a device


@asynccontextmanager
async def nodes_seen(api: Api, namespace: str) -> AsyncIterator[Mapping[str, set[str]]]:
    """Pod → every node that a watcher ever saw it on, kept up to date inside the block."""
    seen: defaultdict[str, set[str]] = defaultdict(set)

    async def look() -> None:
        version = ""
        while True:  # a server that is busy ends the watches of those who read too slowly
            async for change in api.watch("Pod", namespace=namespace, since=version):
                pod = change["object"]
                version = pod["metadata"]["resourceVersion"]
                if node := pod["spec"].get("nodeName"):
                    seen[pod["metadata"]["name"]].add(node)

    looking = asyncio.create_task(look())
    try:
        yield seen
    finally:
        if looking.done():
            raise WaitError(f"the watch of pods in {namespace} ended") from looking.exception()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def over_committed(pods: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """(node, device) → milli given to pods, where it is more than there is."""
    given: Counter[tuple[str, str]] = Counter()
    for pod in pods:
        annotations = pod["metadata"].get("annotations", {})
        for device in filter(None, annotations.get(DEVICES, "").split(",")):
            given[pod["spec"]["nodeName"], device] += int(annotations.get(MILLI, WHOLE))
    return {device: milli for device, milli in given.items() if milli > WHOLE}


def without_devices(pods: Iterable[Mapping[str, Any]]) -> list[str]:
    """Pods that asked for a GPU, are placed, and were given none."""
    return [
        pod["metadata"]["name"]
        for pod in pods
        if pod["spec"].get("nodeName") and wants_gpu(pod) and DEVICES not in pod["metadata"]["annotations"]
    ]


def wants_gpu(pod: Mapping[str, Any]) -> bool:
    """A share of one or a whole one."""
    shares = pod["metadata"].get("annotations", {}).get(MILLI)
    return bool(shares) or any(GPU in each["resources"].get("limits", {}) for each in pod["spec"]["containers"])
