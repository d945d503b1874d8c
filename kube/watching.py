"""All that is watched, kept together: one task for each kind, and one answer to "is everything there?"."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import numpy as np

from kube.backoff import Backoff
from kube.client import KubeClient
from kube.handler import Handler
from kube.reflector import Reflector, Watched


def reflectors(
    client: KubeClient,
    kinds: Mapping[str, tuple[Watched, Handler]],
    *,
    rng: np.random.Generator,
    clock: Callable[[], float],
) -> dict[str, Reflector]:
    """One for each kind, by its name; each waits and grows patient by itself."""
    return {
        name: Reflector(client, watched, handler, backoff=Backoff(rng), clock=clock, name=name)
        for name, (watched, handler) in kinds.items()
    }


async def keep(kept: Mapping[str, Reflector], stop: asyncio.Event) -> None:
    """Runs them all until *stop*; a fault of our own in one (none of the server's is) ends them all, loudly."""
    async with asyncio.TaskGroup() as tasks:
        for reflector in kept.values():
            tasks.create_task(reflector.run(stop))


async def synced(kept: Mapping[str, Reflector]) -> None:
    """Returns when every kind was listed once. How long that may take is the caller's to say."""
    for reflector in kept.values():
        await reflector.synced.wait()


def unready(kept: Mapping[str, Reflector]) -> str:
    """Which kinds were never listed, and why; empty when all were. What was known stays good through a cut."""
    waiting = (reflector for reflector in kept.values() if not reflector.synced.is_set())
    return "; ".join(f"{one.name}: {one.problem or 'the first list is not complete'}" for one in waiting)
