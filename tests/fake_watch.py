"""One watch on `FakeKube`: tells what changes in a collection, as the API server's watch cache tells one watcher."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import msgspec

from kube.errors import ApiError, KubeError, Silent
from tests.fake_store import Change, Place, Selected, Store, Thing

BOOKMARK_EVERY_S = 60.0  # apiserver storage/cacher: defaultBookmarkFrequency


def line(kind: str, thing: object) -> bytes:
    return msgspec.json.encode({"type": kind, "object": thing})


def status(error: ApiError) -> Thing:
    told = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return {**told, "code": error.status, "reason": error.reason, "message": error.message}


@dataclass(eq=False)
class Watcher:
    """Lines from *version* on, until it is ended, cut, or its time is over."""

    store: Store
    where: Place
    selected: Selected
    version: int
    idle_s: float
    lasts_s: float
    bookmarks: bool
    hung: bool = False
    ended: bool = False
    fault: KubeError | None = None
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: list[bytes] = field(default_factory=list)

    def stir(self) -> None:
        self.stirred.set()

    def end(self, fault: KubeError | None = None) -> None:
        """Ends as a server does, or with *fault*: a 410 comes as an ERROR event, anything else breaks the line.

        What was not told yet is not told any more.
        """
        if isinstance(fault, ApiError):
            self._asked.append(line("ERROR", status(fault)))
            fault = None
        self.ended, self.fault = True, fault
        self.stir()

    def bookmark(self) -> None:
        if self.bookmarks and not (self.hung or self.ended):
            thing = {"metadata": {"resourceVersion": str(self.store.version)}}
            self._asked += [*self._changes(), line("BOOKMARK", thing)]
            self.stir()

    async def lines(self) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        over = loop.time() + self.lasts_s
        silent_since = loop.time()
        while True:
            self.stirred.clear()
            if not (self.hung or self.ended):
                self._asked += self._changes()
            for asked in self._taken():
                yield asked
                silent_since = loop.time()
            if self.fault is not None:
                raise self.fault
            if self.ended or (not self.hung and loop.time() >= over):
                return
            if loop.time() >= silent_since + self.idle_s:
                raise Silent(f"fake: nothing came for {self.idle_s:g} s")
            await self._wait(min(over, silent_since + self.idle_s))

    async def _wait(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        wait_s = max(min(until - loop.time(), BOOKMARK_EVERY_S), 0.001)
        try:
            async with asyncio.timeout(wait_s):
                await self.stirred.wait()
        except TimeoutError:
            if wait_s == BOOKMARK_EVERY_S:
                self.bookmark()

    def _taken(self) -> list[bytes]:
        taken, self._asked = self._asked, []
        return taken

    def _changes(self) -> list[bytes]:
        changes = self.store.after(self.where.collection, self.version)
        self.version = max(self.version, self.store.version)
        return [line(kind, change.thing) for change in changes if (kind := self._kind(change))]

    def _kind(self, change: Change) -> str:
        """As this watcher sees it: what leaves its selection is DELETED to it, and what enters is ADDED."""
        if self.where.namespace not in {"", change.thing["metadata"].get("namespace", "")}:
            return ""
        was = change.before is not None and self.selected(change.before)
        now = change.kind != "DELETED" and self.selected(change.thing)
        return {(True, True): "MODIFIED", (True, False): "DELETED", (False, True): "ADDED"}.get((was, now), "")
