"""One object for all that are equal: 150,000 pods of 1,000 templates hold 1,000 classes, not 150,000.

A table of our own and not `sys.intern`, which takes texts only and, in some Python versions, keeps them for ever. This
one is emptied when it is full; values in use live on with their users, and only new ones are shared from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Shared(Generic[T]):
    """The first of all equal values."""

    def __init__(self, *, most: int) -> None:
        self._kept: dict[T, T] = {}
        self._most = most

    def of(self, value: T, made: Callable[[T], T] | None = None) -> T:
        """The value that stands for this one; the first one is kept as *made* makes it, which must be equal."""
        kept = self._kept.get(value)
        if kept is None:
            if len(self._kept) >= self._most:
                self._kept.clear()
            kept = made(value) if made else value
            self._kept[kept] = kept
        return kept
