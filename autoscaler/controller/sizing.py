"""The vertical rung's writes: running pods in place, or the pod template; and new replicas as they appear."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from autoscaler.applying.outcome import ChangedByOthers, Done, Outcome
from autoscaler.applying.resize import missing, resize
from autoscaler.applying.template import retemplate
from autoscaler.controller.deciding import Decided
from autoscaler.controller.subject import Subject
from autoscaler.planner.observation import PodSeen, Size
from kube.client import KubeClient
from kube.mirror.mirror import Mirror

AT_ONCE = 8  # pods of one workload that are resized at the same time
_RESOURCES = ("cpu", "memory")  # what can be resized


class Sizer:
    """Gives pods their size."""

    def __init__(self, client: KubeClient, mirror: Mirror) -> None:
        self._client = client
        self._mirror = mirror

    async def step(self, decided: Decided) -> Outcome:
        """All of a workload to the size that is wanted; without one, to that of before the first step."""
        subject, wanted, seen = decided.subject, decided.decision.wanted, decided.seen
        if subject.asked.spec.vertical.mode == "Recreate":
            to = movable(wanted.size or decided.before.base or seen.template)
            budgets = self._mirror.budgets_of(subject.name[0], _labels(subject))
            return await retemplate(self._client, subject.workload, seen=movable(seen.template), to=to, budgets=budgets)
        return await self._resize(subject, subject.pods, movable(wanted.size or seen.template))

    async def late(self, subject: Subject, size: Size) -> Outcome:
        """Replicas that came after the step, and so with the template's size."""
        return await self._resize(subject, subject.pods, movable(size))

    async def _resize(self, subject: Subject, pods: Sequence[PodSeen], to: Size) -> Outcome:
        template = subject.scaled.template_content()
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(pod: PodSeen) -> Outcome:
            async with gate:
                return await resize(self._client, subject.name[0], pod, to, template=template)

        async with asyncio.TaskGroup() as tasks:
            work = [tasks.create_task(one(pod)) for pod in missing(pods, to)]
        return _together([task.result() for task in work])


def late(pods: Iterable[PodSeen], size: Size) -> bool:
    """Are there replicas that have not been given this size yet?"""
    return bool(size) and bool(missing(pods, movable(size)))


def movable(size: Size) -> dict[str, dict[str, int]]:
    """The part of a size that can change."""
    moved = {
        container: {resource: amount for resource, amount in requests.items() if resource in _RESOURCES}
        for container, requests in size.items()
    }
    return {container: requests for container, requests in moved.items() if requests}


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    """Done when one was: the step has begun, and the others are tried again. Else why none was."""
    done = [each for each in outcomes if isinstance(each, Done)]
    others = [each for each in outcomes if not isinstance(each, Done)]
    if any(each.wrote for each in done) or not others:
        return Done(wrote=any(each.wrote for each in done))
    return next((each for each in others if isinstance(each, ChangedByOthers)), others[0])


def _labels(subject: Subject) -> dict[str, str]:
    metadata = subject.scaled.template_content().get("metadata") or {}
    return dict(metadata.get("labels") or {})
