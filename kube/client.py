"""What is asked of Kubernetes: one small object, given to every constructor that needs the API server.

Paths and bytes, not typed models: the official client's models take milliseconds for an object of which we read five
fields, so answers come back as the server sent them and the caller decodes what it needs. Tests pass a fake.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Literal, Protocol

PatchKind = Literal["merge", "json", "strategic"]

CALL_TIMEOUT_S = 30.0
NO_PARAMS: Mapping[str, str] = MappingProxyType({})


class KubeClient(Protocol):
    """An API server. Every call raises `Unreachable` when no answer came in time and `ApiError` when it was no."""

    async def get(
        self, path: str, params: Mapping[str, str] = NO_PARAMS, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        """The answer's body: an object or one page of a list."""

    def watch(
        self, path: str, params: Mapping[str, str], *, idle_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Events, one JSON document each; ends when the server ends it, `Silent` when nothing came for *idle_s*.

        Entering it sends the request, so a refusal (410 among them) is raised there.
        """

    async def create(self, path: str, body: object, *, timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        """POST of anything that msgspec can encode; the object as it was made."""

    async def patch(
        self, path: str, body: object, *, kind: PatchKind = "merge", timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        """The object as it is after the patch."""

    async def delete(self, path: str, *, uid: str = "", timeout_s: float = CALL_TIMEOUT_S) -> bytes:
        """The object, or the server's Status, after it began to go; `Conflict` if it is not the one with that *uid*."""

    async def close(self) -> None:
        """Ends all connections; watches that are still open end with `Unreachable`."""
