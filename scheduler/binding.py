"""The bind verb: choose the GPUs, promise them, and tell the API server, all in one write.

The API server copies the annotations of a Binding onto the pod in the same transaction that sets `spec.nodeName`
(registry/core/pod/storage, setPodNodeAndMetadata). So the assignment of devices and the binding cannot come apart: a
process that is killed before the write has done nothing, and one that is killed after it has done everything; the next
start reads the devices from the pod. A patch before or after the binding would leave a gap that somebody has to mend.

Idempotent by UID, since kube-scheduler may ask again after a time-out whose binding came through: a pod that is on the
node asked for is bound, whoever did it. The Binding carries the UID, so a pod made anew under the name is never meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from kube.client import KubeClient
from kube.errors import ApiError, Conflict, KubeError, NotFound
from policies.errors import PolicyError
from policies.model import kubernetes
from policies.model.node import Node
from policies.model.pod import Pod
from scheduler.ledger import Ledger
from scheduler.wire import BindAsked

_SERVER_FAILED = 500  # from here on a status says nothing about what was written

Annotate = Callable[[Pod, tuple[int, ...], Node | None], Mapping[str, str]]


class Known(Protocol):
    """What the mirror knows of a pod."""

    def bound_to(self, uid: str) -> str:
        """The node that the watch says it is on; empty when it is on none."""

    def pending_pod(self, namespace: str, name: str, uid: str) -> Pod | None:
        """The pod while it waits, None when the watch has not told of it."""

    def node(self, name: str) -> Node | None:
        """The node, None when it is not known."""


class NoDevice(PolicyError):  # noqa: N818 - says what happened, as UnknownName does
    """The GPUs that the pod needs are not free on that node any more."""


class Binder:
    """Answers bind. *seat* chooses the devices of a pod on a node; it is asked by one pod at a time."""

    def __init__(
        self,
        client: KubeClient,
        known: Known,
        ledger: Ledger,
        *,
        seat: Callable[[Pod, str], Awaitable[tuple[int, ...]]],
        annotate: Annotate,
        timeout_s: float,
    ) -> None:
        self._client = client
        self._known = known
        self._ledger = ledger
        self._seat = seat
        self._annotate = annotate
        self._timeout_s = timeout_s
        self._seating = asyncio.Lock()
        self._busy: dict[str, _Turn] = {}

    async def bind(self, asked: BindAsked) -> str:
        """Bind the pod; empty when it is bound where it was asked to be, else what went wrong."""
        turn = self._busy.setdefault(asked.uid, _Turn())
        turn.askers += 1
        try:
            async with turn.lock:
                return await self._bind(asked)
        finally:
            turn.askers -= 1
            if not turn.askers:
                del self._busy[asked.uid]

    async def _bind(self, asked: BindAsked) -> str:
        called = f"pod {asked.namespace}/{asked.name}"
        there = self._known.bound_to(asked.uid)
        if there:
            return "" if there == asked.node else f"{called} is bound to {there} already, not to {asked.node}"
        try:
            pod = self._known.pending_pod(asked.namespace, asked.name, asked.uid) or await self._read(asked)
            held = self._ledger.held(asked.uid)
            if held is None or held.node != asked.node:
                async with self._seating:  # what is promised must be charged before the next pod chooses
                    devices = await self._seat(pod, asked.node)
                    held = self._ledger.reserve(pod, asked.node, devices)
            return await self._write(asked, held.pod, held.devices)
        except (PolicyError, KubeError) as error:
            return f"{called} cannot be bound to {asked.node}: {error}"

    async def _write(self, asked: BindAsked, pod: Pod, devices: tuple[int, ...]) -> str:
        annotations = self._annotate(pod, devices, self._known.node(asked.node))
        body = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {
                "name": asked.name,
                "namespace": asked.namespace,
                "uid": asked.uid,
                "annotations": dict(annotations),
            },
            "target": {"apiVersion": "v1", "kind": "Node", "name": asked.node},
        }
        try:
            await self._client.create(f"{_path(asked)}/binding", body, timeout_s=self._timeout_s)
        except Conflict as refused:
            # bound by an earlier try whose answer was lost, or to another node, or another pod of the name
            there = await self._bound_to(asked)
            if there == asked.node:
                return ""
            self._ledger.release(asked.uid)
            if not there:
                raise
            self._ledger.reserve(pod, there, ())  # it holds devices there, whichever; the watch will tell
            raise Elsewhere(there) from refused
        except ApiError as refused:
            if refused.status < _SERVER_FAILED:  # refused, so nothing was written; else it may have been
                self._ledger.release(asked.uid)
            raise
        return ""

    async def _read(self, asked: BindAsked) -> Pod:
        return kubernetes.pod(await self._content(asked))

    async def _bound_to(self, asked: BindAsked) -> str:
        try:
            return kubernetes.node_name(await self._content(asked))
        except NotFound:
            return ""

    async def _content(self, asked: BindAsked) -> Mapping[str, Any]:
        content: dict[str, Any] = msgspec.json.decode(await self._client.get(_path(asked), timeout_s=self._timeout_s))
        uid = content.get("metadata", {}).get("uid", "")
        if asked.uid and uid != asked.uid:
            raise NotFound(status=404, reason="NotFound", message=f"it was deleted and made anew as {uid}")
        return content


class _Turn:
    """Questions about one pod, one after the other."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.askers = 0


class Elsewhere(PolicyError):  # noqa: N818 - says what happened
    """The pod is bound, to another node than the one asked for."""

    def __init__(self, node: str) -> None:
        super().__init__(f"it is bound to {node} already")


def _path(asked: BindAsked) -> str:
    # the names come from whoever calls us: nothing in them may lead to another path
    return f"/api/v1/namespaces/{quote(asked.namespace, safe='')}/pods/{quote(asked.name, safe='')}"
