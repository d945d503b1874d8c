"""Who is told what the API server holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Handler(Protocol):
    """Keeps the objects of one kind. Called on the event loop's thread, in the order in which the server told.

    A list may begin again before it settled, and an object may be put or dropped twice: each call says what is, not
    what changed. An error of ours (PolicyError) from `put` or `drop` says that this one object cannot be used; it is
    counted and logged once, and the next one is told.
    """

    def begin(self) -> None:
        """A list starts."""

    def put(self, content: Mapping[str, Any], /) -> None:
        """The object is there, and is so now."""

    def drop(self, content: Mapping[str, Any], /) -> None:
        """The object, as it last was, is gone."""

    def settle(self) -> None:
        """The list is complete: what was not put since it began is gone."""
