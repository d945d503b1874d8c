"""Waking pods that have become feasible for a reason that kube-scheduler does not see.

A pod that an extender refused is tried again when anything changes in Kubernetes (QueueingHints, since 1.29), but
latency, a GPU's health and live demand are no objects of Kubernetes: such a pod would wait up to five minutes. So when
one of those facts changes, the pods that wait are decided on again, and one that would now be placed is annotated: the
update of the pod moves it to the active queue. Bounded: so many a minute over all pods, and one pod not again
before half a minute has gone by.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from kube.client import KubeClient
from kube.errors import KubeError
from policies.errors import PolicyError
from policies.model.pod import Pod
from policies.model.snapshot import Snapshot
from scheduler.deciding import Decider, Engines
from scheduler.reading import PodReader
from scheduler.recent import Answer, Recent

RETRY = "edgeward.dev/retry"  # annotation: when and why it was woken
_SETTLE_S = 1.0  # facts come in bunches
_AGAIN_S = 30.0
_MINUTE_S = 60.0
_SETTLED_S = 60.0  # by then kube-scheduler has asked about all pods that are not set aside
_PATCH_S = 5.0
_DECIDE_S = 5.0


class Nudger:
    """Looks at the pods that wait after each change that was told to it. To be used from the event loop only."""

    def __init__(
        self,
        client: KubeClient,
        reader: PodReader,
        decider: Decider,
        engines: Engines,
        recent: Recent,
        *,
        waiting: Callable[[], Iterable[Pod]],
        snapshot: Callable[[], Snapshot],
        per_minute: int,
        clock: Callable[[], float],
        tell: Callable[[Pod, str], None],
        complain: Callable[[Pod, str], None],
    ) -> None:
        self._client = client
        self._reader = reader
        self._decider = decider
        self._engines = engines
        self._recent = recent
        self._waiting = waiting
        self._snapshot = snapshot
        self._per_minute = per_minute
        self._clock = clock
        self._tell = tell
        self._complain = complain
        self._facts: set[str] = set()
        self._changed = asyncio.Event()
        self._changed_s = 0.0
        self._began_s = clock()
        self._sent: deque[float] = deque()
        self._last: dict[str, float] = {}

    def changed(self, fact: str) -> None:
        """A fact outside Kubernetes changed: `latency`, `gpu`, `demand` and the like."""
        if self._per_minute:
            self._facts.add(fact)
            self._changed_s = self._clock()
            self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until *stop* is set."""
        while not stop.is_set():
            if not await _either(self._changed, stop):
                return
            await _pause(stop, _SETTLE_S)
            self._changed.clear()
            facts, self._facts = self._facts, set()
            if not await self._look(facts, self._changed_s, stop):
                self._facts |= facts  # some could not be woken yet
                self._changed.set()
                await _pause(stop, _AGAIN_S)

    async def _look(self, facts: set[str], changed_s: float, stop: asyncio.Event) -> bool:
        """Wake what fits now and was not woken since the change; False when there was more than is allowed."""
        done = True
        now = self._clock()
        waiting = list(self._waiting())
        self._last = {pod.uid: at for pod in waiting if (at := self._last.get(pod.uid)) is not None}
        for pod in waiting:
            if stop.is_set():
                return True
            answer, woken_s = self._recent.answer(pod.uid), self._last.get(pod.uid, -_AGAIN_S)
            if woken_s > changed_s or not self._kept_waiting(answer, now):
                continue
            places = await self._places(pod)
            if not places:
                continue
            if now - woken_s < _AGAIN_S or not self._may_send(now):
                done = False
                continue
            who = "1 node" if places == 1 else f"{places} nodes"
            await self._wake(pod, f"{', '.join(sorted(facts))} changed: {who} would take it")
        return done

    def _kept_waiting(self, answer: Answer | None, now: float) -> bool:
        """Was it we. Of a pod that was not asked about since we began, it may have been those before us."""
        return not answer.passed if answer is not None else now - self._began_s >= _SETTLED_S

    async def _places(self, pod: Pod) -> int:
        try:
            subject = self._reader.subject(pod)
            nodes, profile = self._snapshot(), subject.engine.profile
            async with asyncio.timeout(_DECIDE_S):
                return await self._decider.ask(lambda: self._engines.of(profile).fits(nodes, subject.pod.of))
        except (PolicyError, TimeoutError):  # filter says what is wrong with its wishes or with a policy
            return 0

    def _may_send(self, now: float) -> bool:
        while self._sent and now - self._sent[0] >= _MINUTE_S:
            self._sent.popleft()
        return len(self._sent) < self._per_minute

    async def _wake(self, pod: Pod, why: str) -> None:
        now = self._clock()
        self._sent.append(now)
        self._last[pod.uid] = now
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        body = {"metadata": {"uid": pod.uid, "annotations": {RETRY: f"{at} {why}"}}}
        path = f"/api/v1/namespaces/{quote(pod.namespace, safe='')}/pods/{quote(pod.name, safe='')}"
        try:
            await self._client.patch(path, body, timeout_s=_PATCH_S)
        except KubeError as error:
            self._complain(pod, str(error))
        else:
            self._tell(pod, why)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not past *stop*."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _either(event: asyncio.Event, stop: asyncio.Event) -> bool:
    """Wait for one of the two; was it the event?"""
    waits = {asyncio.ensure_future(each.wait()) for each in (event, stop)}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return event.is_set() and not stop.is_set()
