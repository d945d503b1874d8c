"""What a list leaves out is gone: deletions that happened while nobody watched are told by nothing else."""

from __future__ import annotations

from collections.abc import Iterable


class Listing:
    """Which of the things known before a list began have not come in it yet."""

    def __init__(self) -> None:
        self._missing: set[str] = set()

    def begin(self, known: Iterable[str]) -> None:
        """A list starts; one that broke off before counts for nothing."""
        self._missing = set(known)

    def seen(self, key: str) -> None:
        """It came, in the list or in an event; also when it cannot be read, for then it is there all the same."""
        self._missing.discard(key)

    def left_out(self) -> set[str]:
        """The list is complete: what did not come."""
        missing, self._missing = self._missing, set()
        return missing
