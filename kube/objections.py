"""Objects that cannot be used: counted all, said once.

Somebody's pod with a wrong annotation comes again with each of its events and each list. Its author must read of it; a
log with a line for each time would hide everything else.
"""

from __future__ import annotations

import logging

from kube.decoding import Meta

MOST_SAID = 1000  # remembered; past it all is forgotten and may be said again

logger = logging.getLogger(__name__)


class Objections:
    """What was said of the objects of one kind."""

    def __init__(self, kind: str) -> None:
        self.count = 0
        self._kind = kind
        self._said: set[str] = set()

    def note(self, meta: Meta, error: Exception) -> None:
        """Count it; log it unless the same was said of the same object."""
        self.count += 1
        name = f"{meta.namespace}/{meta.name}".lstrip("/") or "(an object without a name)"
        text = f"{self._kind} {name} is passed over: {' '.join(str(error).split())}"
        if text in self._said:
            return
        if len(self._said) >= MOST_SAID:
            self._said.clear()
        self._said.add(text)
        logger.warning("%s", text)
