"""The API server that tests talk to: in memory, behind the `KubeClient` protocol, with every fault on a switch.

    kube = FakeKube()
    kube.put("/api/v1/nodes", {"metadata": {"name": "n1"}})    # what others do; not counted as a write of ours
    await something(kube)
    assert kube.writes == [Write("patch", "/api/v1/nodes/n1", {...}, "merge")]

It keeps what the real one promises and callers build on: versions, consistent pages, selection, bookmarks, uid and
version preconditions, and a pod that is bound once. `cut`, `gone`, `hang`, `unreachable`, `forbidden`, `absent`,
`delay_s` and `failing` are what goes wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from copy import deepcopy
from itertools import count
from typing import Any, NamedTuple

import msgspec

from kube.client import CALL_TIMEOUT_S, NO_PARAMS, PatchKind
from kube.errors import Gone, KubeError, Unreachable, refusal
from tests.fake_patch import merged, stepped, strategic
from tests.fake_store import Place, Store, Thing, place, selection
from tests.fake_watch import Watcher

ForTest = Callable[[str, str], KubeError | None]


class Write(NamedTuple):
    verb: str  # create, patch, delete
    path: str
    body: Any = None
    kind: str = ""  # of a patch


class FakeKube:
    """An in-memory API server; one object is one cluster."""

    def __init__(self) -> None:
        self.store = Store()
        self.writes: list[Write] = []  # all that were tried, in order
        self.calls: list[tuple[str, str, dict[str, str]]] = []  # (verb, path, params) of all calls
        self.delay_s = 0.0
        self.unreachable = False
        self.forbidden: set[str] = set()  # paths (and what lies below them) that answer 403
        self.absent: set[str] = set()  # the same with 404: no such API
        self.documents: dict[str, Any] = {}  # what is answered where no objects are, such as discovery
        self.failing: ForTest = lambda _verb, _path: None  # what else is refused
        self.closed = False
        self._answering = asyncio.Event()
        self._answering.set()
        self._watchers: set[Watcher] = set()
        self._opened = asyncio.Event()
        self._pages: dict[str, tuple[int, list[Thing]]] = {}
        self._tokens = count(1)

    # what others do to the cluster

    def put(self, path: str, thing: Mapping[str, Any]) -> Thing:
        """Adds *thing* to the collection at *path* (its namespace from its metadata), or changes it."""
        return self._changed(self.store.put(place(path), thing))

    def drop(self, path: str) -> Thing:
        """Removes the object at *path*."""
        return self._changed(self.store.drop(place(path)))

    def thing(self, path: str) -> Thing:
        """The object at *path* as it is now."""
        return deepcopy(self.store.find(place(path)))

    # faults

    def cut(self, *, cleanly: bool = False) -> None:
        """Breaks all watches: as a lost connection does, or as a server that ends them."""
        for watcher in tuple(self._watchers):
            watcher.end(None if cleanly else Unreachable("fake: connection reset by peer"))

    def gone(self, *, told: bool = True) -> None:
        """Forgets history and page tokens: open watches end, and none can start from an earlier version.

        *told*: by an ERROR event of 410, as a watch that cannot follow is ended; else as if the server ended it.
        """
        self.store.compact()
        self._pages.clear()
        for watcher in tuple(self._watchers):
            watcher.end(_expired(watcher.version, self.store.compacted) if told else None)

    def bookmark(self) -> None:
        """Tells all watches that asked for bookmarks the present version; they come by themselves each minute."""
        for watcher in self._watchers:
            watcher.bookmark()

    def hang(self, *, hung: bool = True) -> None:
        """Nothing is answered and no watch tells anything, but no connection ends."""
        self._answering.clear() if hung else self._answering.set()
        for watcher in self._watchers:
            watcher.hung = hung
            watcher.stir()

    async def watched(self, watches: int = 1) -> None:
        """Returns when so many watches are open."""
        while len(self._watchers) < watches:
            self._opened.clear()
            await self._opened.wait()

    # KubeClient

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        await self._arrive("get", path, params, timeout_s)
        if path in self.documents:
            return msgspec.json.encode(self.documents[path])
        where = place(path)
        found = self.store.find(where) if where.name else self._page(where, params)
        return msgspec.json.encode(found)

    @asynccontextmanager
    async def watch(
        self, path: str, params: Mapping[str, str], *, idle_s: float
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        await self._arrive("watch", path, params, idle_s)
        version = int(params.get("resourceVersion") or self.store.version)
        if version < self.store.compacted:
            raise _expired(version, self.store.compacted)
        watcher = Watcher(
            store=self.store,
            where=place(path),
            selected=selection(params),
            version=version,
            idle_s=idle_s,
            lasts_s=float(params.get("timeoutSeconds", "1800")),
            bookmarks=params.get("allowWatchBookmarks") == "true",
        )
        self._watchers.add(watcher)
        self._opened.set()
        try:
            async with aclosing(watcher.lines()) as lines:
                yield lines
        finally:
            self._watchers.discard(watcher)

    async def create(self, path: str, body: object, *, timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        content = msgspec.to_builtins(body)
        self.writes.append(Write("create", path, content))
        await self._arrive("create", path, NO_PARAMS, timeout_s)
        where = place(path)
        if where.part == "binding":
            self._bind(where, content)
            return msgspec.json.encode({"kind": "Status", "apiVersion": "v1", "status": "Success", "code": 201})
        meta = content.setdefault("metadata", {})
        name = meta.get("name") or f"{meta['generateName']}{self.store.version + 1:05}"
        made = where._replace(name=name)
        if (made.namespace, name) in self.store.things.get(made.collection, {}):
            plural = made.collection.rpartition("/")[2]
            raise refusal(409, "AlreadyExists", f'{plural} "{name}" already exists')
        return msgspec.json.encode(self._changed(self.store.put(made, content)))

    async def patch(
        self, path: str, body: object, *, kind: PatchKind = "merge", timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        content = msgspec.to_builtins(body)
        self.writes.append(Write("patch", path, content, kind))
        await self._arrive("patch", path, NO_PARAMS, timeout_s)
        where = place(path)
        thing = self.store.find(where)
        after: Thing = {"json": stepped, "merge": merged, "strategic": strategic}[kind](thing, content)
        before, now = thing["metadata"], after["metadata"]
        if now.get("resourceVersion") != before["resourceVersion"]:
            raise refusal(
                409, "Conflict", f"{where.name}: the object has been modified; please apply your changes again"
            )
        if now.get("uid") != before["uid"]:  # no precondition, as it is of a binding and a deletion
            raise refusal(422, "Invalid", f'metadata.uid: Invalid value: "{now.get("uid")}": field is immutable')
        if after == thing:  # as in the real one, what changes nothing makes no version
            return msgspec.json.encode(thing)
        return msgspec.json.encode(self._changed(self.store.put(where, after)))

    async def delete(self, path: str, *, uid: str = "", timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        self.writes.append(Write("delete", path))
        await self._arrive("delete", path, NO_PARAMS, timeout_s)
        there = self.store.find(place(path))["metadata"]["uid"]
        if uid not in {"", there}:
            raise refusal(
                409, "Conflict", f"Precondition failed: UID in precondition: {uid}, UID in object meta: {there}"
            )
        return msgspec.json.encode(self.drop(path))

    async def close(self) -> None:
        self.closed = True
        self.cut()

    # inside

    async def _arrive(self, verb: str, path: str, params: Mapping[str, str], timeout_s: float) -> None:
        self.calls.append((verb, path, dict(params)))
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.sleep(self.delay_s)
                await self._answering.wait()
        except TimeoutError:
            raise Unreachable(f"fake: no answer within {timeout_s:g} s") from None
        if self.unreachable or self.closed:
            raise Unreachable("cannot reach https://fake:6443: connection refused")
        if any(_below(path, prefix) for prefix in self.absent):
            raise refusal(404, "NotFound", "the server could not find the requested resource")
        if any(_below(path, prefix) for prefix in self.forbidden):
            raise refusal(403, "Forbidden", f"{verb} {path} is forbidden")
        fault = self.failing(verb, path)
        if fault is not None:
            raise fault

    def _changed(self, thing: Thing) -> Thing:
        for watcher in self._watchers:
            watcher.stir()
        return thing

    def _page(self, where: Place, params: Mapping[str, str]) -> Thing:
        token = params.get("continue", "")
        if token and token not in self._pages:
            raise refusal(410, "Expired", "the provided continue parameter is too old to display a consistent list")
        version, things = self._pages[token] if token else (self.store.version, [])
        if not token:
            things = self.store.listed(where, selection(params))
        limit = int(params.get("limit", "0")) or len(things)
        meta = {"resourceVersion": str(version)}
        if things[limit:]:
            meta["continue"] = f"token-{next(self._tokens)}"
            self._pages[meta["continue"]] = (version, things[limit:])
        return {"metadata": meta, "items": things[:limit]}

    def _bind(self, where: Place, binding: Thing) -> None:
        """As pkg/registry/core/pod/storage does it: bound once, to the pod that was meant, annotations and all."""
        pod = self.store.find(where)
        meta = binding.get("metadata") or {}
        for field in ("uid", "resourceVersion"):
            if meta.get(field) and meta[field] != pod["metadata"][field]:
                raise _not_bound(where.name, f"precondition failed: {field} {meta[field]} is not that of the object")
        spec = pod.get("spec") or {}
        if pod["metadata"].get("deletionTimestamp"):
            raise _not_bound(where.name, f"pod {where.name} is being deleted, cannot be assigned to a host")
        if spec.get("nodeName"):
            raise _not_bound(where.name, f'pod {where.name} is already assigned to node "{spec["nodeName"]}"')
        if spec.get("schedulingGates"):
            raise _not_bound(where.name, f"pod {where.name} has non-empty .spec.schedulingGates")
        after = deepcopy(pod)
        after["spec"] = {**spec, "nodeName": binding["target"]["name"]}
        for worn in ("annotations", "labels"):
            if meta.get(worn):
                after["metadata"][worn] = {**(after["metadata"].get(worn) or {}), **meta[worn]}
        self._changed(self.store.put(where, after))


def _not_bound(name: str, cause: str) -> KubeError:
    return refusal(409, "Conflict", f'Operation cannot be fulfilled on pods/binding "{name}": {cause}')


def _expired(version: int, compacted: int) -> Gone:
    return Gone(410, "Expired", f"too old resource version: {version} ({compacted})")


def _below(path: str, prefix: str) -> bool:
    where = place(path)
    return f"{path}/".startswith(f"{prefix.rstrip('/')}/") or where.collection == prefix
