"""Keeps a handler told of all objects of one kind: list, then watch, and again from where it broke off.

What client-go's reflector does, with its rules: a list in pages of one moment, a watch from that moment's version, a
bookmark moves the version on, a watch that ends or breaks is resumed from the last version seen, and a version that the
server has forgotten (410, as a status or as an event) means a new list. An error is never fatal: it is shown in
`problem`, and tried again after a wait that grows and is bounded. `stop` is obeyed at every wait, at once.

A server that hangs without closing sends no bookmark either; they come each minute, so silence for longer is noticed.
But none comes for a kind in which nothing happened since the watch began, so silence alone is no problem: the server is
asked for its present version, which one that hangs does not answer. An answer below ours says that its store was put
back from a backup; a watch from ahead of the store would stay silent for ever, so that means a new list, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kube import decoding
from kube.backoff import FIRST_S, Backoff
from kube.client import KubeClient
from kube.errors import Garbled, Gone, KubeError, NotFound, Silent, refusal
from kube.handler import Handler
from kube.objections import Objections
from policies.errors import PolicyError

PAGE_LIMIT = 500  # as client-go's pager; a page of pods is one or two megabytes
PAGE_TIMEOUT_S = 30.0
ASK_TIMEOUT_S = 10.0
IDLE_S = 90.0  # bookmarks come each minute (apiserver storage/cacher: defaultBookmarkFrequency)
WATCH_S = (300.0, 600.0)  # client-go's, so that watches spread over several API servers again
ABSENT_S = (50.0, 70.0)  # how soon a CRD that is installed later is noticed
_LASTED_S = 1.0
_BREATH = 50  # events in a row before others on the loop have their turn: some 2 ms

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """Which objects, and what of them: *shape* is a TypedDict with the fields that are read."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    shape: Any = dict


class Reflector:
    """One kind of objects, told to one handler."""

    def __init__(
        self,
        client: KubeClient,
        watched: Watched,
        handler: Handler,
        *,
        backoff: Backoff,
        clock: Callable[[], float],
        name: str,
        idle_s: float = IDLE_S,
    ) -> None:
        self.name = name
        self.synced = asyncio.Event()  # a first list is complete, or there is no such API
        self.last_event_s = clock()  # when the server last told something: a page, an event or a bookmark
        self.problem = ""  # why it is not kept up to date at the moment
        self.objections = Objections(name)
        self.absent = False  # there is no such API
        self.lists = self.events = 0
        self._client = client
        self._watched = watched
        self._handler = handler
        self._backoff = backoff
        self._clock = clock
        self._idle_s = idle_s
        self._decoder = msgspec.json.Decoder(watched.shape)
        self._version = ""  # the watch goes on from here; empty: a list comes first
        self._forgot = False  # the server said 410, and no watch has worked since

    async def run(self, stop: asyncio.Event) -> None:
        """Until *stop*; whatever the server does in the meantime."""
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self._keep(), name=f"watch {self.name}")
            await stop.wait()
            work.cancel()

    async def _keep(self) -> None:
        while True:
            try:
                if not self._version:
                    await self._list()
                try:
                    await self._watch()
                except Silent:
                    await self._ask_version()
            except NotFound as error:
                await self._absent(error)
            except Gone:
                self._version = ""
                again, self._forgot = self._forgot, True
                await asyncio.sleep(self._backoff.next_s() if again else self._backoff.between(0, FIRST_S))
            except KubeError as error:
                self._trouble(str(error))
                await asyncio.sleep(self._backoff.next_s())

    async def _list(self) -> None:
        version = token = ""
        while True:
            params = {**self._watched.params, "limit": str(PAGE_LIMIT)}
            if token:
                params["continue"] = token
            page = decoding.page(await self._client.get(self._watched.path, params, timeout_s=PAGE_TIMEOUT_S))
            if not token:
                self._handler.begin()
            for raw in page.items or ():
                self._tell(self._handler.put, raw)
            self._well()
            version, token = version or page.metadata.resource_version, page.metadata.token
            if not token:
                break
            await asyncio.sleep(0)
        if not version:
            raise Garbled(f"{self._watched.path}: a list without a resourceVersion")
        self.absent = False
        self._settle(version)

    async def _watch(self) -> None:
        params = {
            **self._watched.params,
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": f"{self._backoff.between(*WATCH_S):.0f}",
        }
        async with self._client.watch(self._watched.path, params, idle_s=self._idle_s) as lines:
            self._well()
            worked = await self._follow(lines)
        if not worked:  # one that ends at once, without a word, would be opened a thousand times a second
            await asyncio.sleep(self._backoff.next_s())

    async def _ask_version(self) -> None:
        """A page of one object, for the version that comes with it."""
        params = {**self._watched.params, "limit": "1"}
        page = decoding.page(await self._client.get(self._watched.path, params, timeout_s=ASK_TIMEOUT_S))
        present = page.metadata.resource_version
        self._well()
        if present.isdecimal() and self._version.isdecimal() and int(present) < int(self._version):
            logger.warning("%s: the server went back from version %s to %s", self.name, self._version, present)
            self._version = ""

    async def _follow(self, lines: AsyncIterator[bytes]) -> bool:
        """Whether the watch told something, or lasted: only then is an error that ends it the first in a row."""
        loop = asyncio.get_running_loop()
        begun_s, before = loop.time(), self.events
        try:
            async for line in lines:
                self._event(decoding.told(line))
                if self.events % _BREATH == 0:
                    await asyncio.sleep(0)
        finally:
            worked = self.events > before or loop.time() - begun_s >= _LASTED_S
            if worked:
                self._backoff.reset()
                self._forgot = False
        return worked

    def _event(self, told: decoding.Told) -> None:
        if told.type == "ERROR":
            self._version = ""  # nothing can be resumed from here, or it would come again
            status = decoding.status(told.object) or decoding.Status(message="an ERROR event without a Status")
            raise refusal(status.code, status.reason, status.message, asked=f"watch {self._watched.path}")
        if told.type in {"ADDED", "MODIFIED"}:
            self._tell(self._handler.put, told.object)
        elif told.type == "DELETED":
            self._tell(self._handler.drop, told.object)
        self.events += 1
        self.last_event_s = self._clock()
        self._version = decoding.meta(told.object).resource_version or self._version

    def _tell(self, handle: Callable[[Mapping[str, Any]], None], raw: msgspec.Raw) -> None:
        try:
            handle(self._decoder.decode(raw))
        except (msgspec.DecodeError, PolicyError) as error:
            self.objections.note(decoding.meta(raw), error)

    async def _absent(self, error: NotFound) -> None:
        """No such API, such as a CRD that is not installed (or not any more): there are no such objects."""
        if self._version:  # a watch was refused: let a list say so
            self._version = ""
            await asyncio.sleep(self._backoff.next_s())
            return
        if not self.absent:
            logger.info("%s: there is no such API, so there are none: %s", self.name, error)
            self.absent = True
        self._handler.begin()
        self._settle("")
        await asyncio.sleep(self._backoff.between(*ABSENT_S))

    def _settle(self, version: str) -> None:
        self._handler.settle()
        self._version = version
        self._well()
        self.lists += 1
        self.synced.set()

    def _well(self) -> None:
        self.last_event_s = self._clock()
        if self.problem:
            logger.info("%s: well again", self.name)
            self.problem = ""

    def _trouble(self, text: str) -> None:
        if text != self.problem:
            logger.warning("%s: %s", self.name, text)
            self.problem = text
