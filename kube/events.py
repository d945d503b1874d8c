"""Events: what `kubectl describe` shows of what we did, and why.

They are a courtesy, never a reason to wait or to fail: `note` returns at once, what the queue does not hold is dropped
and counted, and what the API server refuses is given up. The same thing said again counts up the series of the one that
is there (an event's text cannot be changed), and all such counts are told together, so that a pod that is tried a
hundred times a minute costs two patches.
"""

from __future__ import annotations

import asyncio
import logging
import platform
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from kube.client import KubeClient
from kube.errors import Conflict, KubeError, NotFound, Unreachable
from kube.micro_time import micro_time

QUEUE = 1000  # events that wait for the API server
REMEMBERED = 4096  # series that can still be counted up
SERIES_S = 360.0  # client-go tools/events: a series ends when nothing came for 6 min
TELL_SERIES_S = 30.0
RETRY_S = 5.0
LAST_S = 2.0  # for what is still to be told when we stop
# apiserver, pkg/apis/core/validation/events.go; in bytes
_NOTE_LIMIT = 1024
_WORD_LIMIT = 128
_NAME_LIMIT = 230  # of the object's name in the event's: 253 for both

EventType = Literal["Normal", "Warning"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRef:
    """The object that an event is about; `kubectl describe` shows it only when *uid* is that of the object."""

    kind: str
    name: str
    namespace: str = ""
    uid: str = ""
    api_version: str = "v1"

    @property
    def where(self) -> str:
        """Namespace of its events: those of nodes and the like are in `default`."""
        return self.namespace or "default"


@dataclass(slots=True)
class _Series:
    """One event, and how often it was said since it was made."""

    path: str  # of the collection
    content: dict[str, Any]
    last_s: float
    count: int = 1
    told: int = 0  # of the count; 0: it is not made yet


class EventRecorder:
    """Notes events from the event loop's thread; `run` tells them to the API server."""

    def __init__(self, client: KubeClient, component: str, clock: Callable[[], float], *, instance: str = "") -> None:
        self.dropped = 0
        self._client = client
        self._component = component  # a qualified name, such as edgeward.dev/scheduler
        self._instance = (instance or platform.node() or "unknown")[:_WORD_LIMIT]
        self._clock = clock
        self._series: OrderedDict[tuple[str, ...], _Series] = OrderedDict()
        self._new: deque[_Series] = deque()
        self._stirred = asyncio.Event()
        self._made = 0

    def note(
        self, regarding: ObjectRef, reason: str, message: str, type_: EventType = "Normal", *, action: str = ""
    ) -> None:
        """Say that *reason* (one word, CamelCase) happened to an object; *action* is what we were doing."""
        now_s = self._clock()
        key = (regarding.kind, regarding.where, regarding.name, regarding.uid, type_, reason, action, message)
        known = self._series.get(key)
        if known is not None and now_s - known.last_s <= SERIES_S:
            known.count += 1
            known.last_s = now_s
            self._series.move_to_end(key)
            return
        if len(self._new) >= QUEUE:
            self.dropped += 1
            return
        made = _Series(
            f"/apis/events.k8s.io/v1/namespaces/{regarding.where}/events",
            self._content(regarding, reason, message, type_, action or reason, now_s),
            now_s,
        )
        self._series[key] = made
        self._series.move_to_end(key)
        if len(self._series) > REMEMBERED:
            self._series.popitem(last=False)
        self._new.append(made)
        self._stirred.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Tells them until *stop*; then what is left, for at most 2 s."""
        async with asyncio.TaskGroup() as tasks:
            work = (tasks.create_task(self._tell_new()), tasks.create_task(self._tell_series()))
            await stop.wait()
            for task in work:
                task.cancel()
        try:
            async with asyncio.timeout(LAST_S):
                while self._new:
                    await self._tell(self._new.popleft())
        except (TimeoutError, Unreachable):
            self.dropped += len(self._new) + 1

    async def _tell_new(self) -> None:
        while True:
            while self._new:
                try:
                    await self._tell(self._new[0])
                except Unreachable:
                    await asyncio.sleep(RETRY_S)
                else:
                    self._new.popleft()
            self._stirred.clear()
            await self._stirred.wait()

    async def _tell_series(self) -> None:
        while True:
            await asyncio.sleep(TELL_SERIES_S)
            for series in [one for one in self._series.values() if 0 < one.told < one.count]:
                try:
                    await self._tell(series)
                except Unreachable:
                    break  # the next round tells them, with what came in the meantime

    async def _tell(self, series: _Series) -> None:
        """Makes the event, or counts it up; what is refused is given up, with one line in the log."""
        count = series.count
        counted = {"series": {"count": count, "lastObservedTime": micro_time(series.last_s)}}
        try:
            if series.told:
                try:
                    await self._client.patch(f"{series.path}/{series.content['metadata']['name']}", counted)
                except NotFound:  # the API server forgets events after an hour
                    await self._client.create(series.path, series.content | counted)
            else:
                await self._client.create(series.path, series.content | (counted if count > 1 else {}))
        except Unreachable:
            raise
        except Conflict:  # made by a call whose answer was lost
            logger.debug("%s is there already", series.content["metadata"]["name"])
        except KubeError as error:
            self.dropped += 1
            logger.warning("an event is not told: %s", error)
        series.told = count

    def _content(
        self, regarding: ObjectRef, reason: str, message: str, type_: str, action: str, now_s: float
    ) -> dict[str, Any]:
        self._made += 1
        reference = {
            "apiVersion": regarding.api_version,
            "kind": regarding.kind,
            "name": regarding.name,
            "namespace": regarding.namespace,
            "uid": regarding.uid,
        }
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {
                # As client-go names them, by object and time; the number keeps apart what one moment made.
                "name": f"{regarding.name[:_NAME_LIMIT]}.{int(now_s * 1e6):x}{self._made % 4096:03x}",
                "namespace": regarding.where,
            },
            "eventTime": micro_time(now_s),
            "reportingController": self._component,
            "reportingInstance": self._instance,
            "action": action[:_WORD_LIMIT],
            "reason": reason[:_WORD_LIMIT],
            "regarding": {key: value for key, value in reference.items() if value},
            "note": _cut(message, _NOTE_LIMIT),
            "type": type_,
        }


def _cut(text: str, limit: int) -> str:
    """At most *limit* bytes, and no half character."""
    content = text.encode()
    return text if len(content) <= limit else content[: limit - 3].decode(errors="ignore") + "…"
