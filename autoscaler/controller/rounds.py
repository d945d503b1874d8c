"""One pass: all EdgeAutoscalers, or some; one read of all their metrics; a decision and at most one step for each.

What is read grows with the number of metrics and namespaces and not with that of autoscalers: workloads and pods come
by watches, metrics in one batch. Steps are written while the pass goes on, some at a time, and the pass ends when all
are: no step of one pass can meet one of the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Sequence

from autoscaler.controller.abroad import Abroad
from autoscaler.controller.acting import Actor
from autoscaler.controller.telling import Telling
from autoscaler.sources.sources import Readings, Sources
from autoscaler.watching.asked import Asked, Name
from autoscaler.watching.autoscalers import Known
from autoscaler.watching.others import Other
from autoscaler.watching.targets import APPS, KINDS, group_of
from autoscaler.watching.watched import Watched

LOG = logging.getLogger(__name__)

_BREATH = 20  # decisions in a row before others on the loop have their turn: some 5 ms


class Rounds:
    """Makes passes. To be used by one task."""

    def __init__(self, watched: Watched, abroad: Abroad, sources: Sources, actor: Actor, telling: Telling) -> None:
        self._watched = watched
        self._abroad = abroad
        self._sources = sources
        self._actor = actor
        self._telling = telling

    async def run(self, says: asyncio.TaskGroup, names: Collection[Name] | None = None) -> None:
        """A pass over those of *names* that are still there; over all when none are given.

        Statuses without a step are written by tasks of *says*, which may outlast the pass.
        """
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        found = self._found(names)
        others = _others(found)
        if names is None:
            self._watched.others.keep(others)
        await self._watched.others.refresh(others)
        if names is None:
            await self._abroad.refresh(found)
        readings = await self._read(found)
        self._actor.begin()
        async with asyncio.TaskGroup() as steps:
            for number, known in enumerate(found):
                if number % _BREATH == 0:
                    await asyncio.sleep(0)
                if not (self._actor.goes_on and self._actor.may_act()):
                    break
                try:
                    self._actor.one(known, readings, steps, says)
                except Exception as error:  # the reconcile loop: one that fails must not stop the others
                    LOG.exception(
                        "failed on an EdgeAutoscaler", extra={"autoscaler": f"{known.namespace}/{known.name}"}
                    )
                    self._telling.failed(known, error)
        if names is None:
            self._telling.passed(len(found), loop.time() - began_s)

    def lead(self, *, now: bool) -> None:
        """Whether one goes on leading; when not, a pass under way begins no more steps."""
        self._actor.lead(now=now)

    def _found(self, names: Collection[Name] | None) -> Sequence[Known]:
        autoscalers = self._watched.autoscalers
        chosen = autoscalers.names() if names is None else sorted(names)
        return [known for name in chosen if (known := autoscalers.get(name)) is not None]

    async def _read(self, found: Iterable[Known]) -> Readings:
        wants = dict.fromkeys(want for known in found if known.asked is not None for want in known.asked.wants)
        return await self._sources.read(list(wants), now_s=self._actor.clock())


def _others(found: Iterable[Known]) -> list[Other]:
    """The targets of kinds that are not watched."""
    other = [(known.namespace, known.asked) for known in found if known.asked is not None and _is_other(known.asked)]
    return sorted({(asked.api_version, asked.kind, namespace, asked.name) for namespace, asked in other})


def _is_other(asked: Asked) -> bool:
    return asked.kind not in KINDS or group_of(asked.api_version, asked.kind) != APPS
