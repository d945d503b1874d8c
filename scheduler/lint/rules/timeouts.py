"""httpTimeout: the scheduling cycle is serial, so a call that hangs holds up every pod that waits behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scheduler.lint.asked import Asked
from scheduler.lint.configuration import text
from scheduler.lint.duration import seconds
from scheduler.lint.finding import UNSET, Finding, hint, warning

FIELD: Final = "httpTimeout"
SHORT_S: Final = 0.1  # a garbage collection, or a retransmission: TCP waits 0.2 s for its first
LONG_S: Final = 10.0  # podMaxBackoffSeconds: with more, one hung call delays others more than a failed attempt does


def timeouts(asked: Asked) -> Iterator[Finding]:
    """Missing, endless, too short and too long ones; what is no duration is the rule of form's."""
    for extender in asked.configuration.extenders:
        path, said = f"{extender.path}.{FIELD}", text(extender.content, FIELD)
        wait_s = seconds(said) if said else 0.0
        if not extender.verbs or wait_s is None or (not said and extender.content.get(FIELD) is not None):
            continue
        if wait_s == 0:
            yield hint(path, said or UNSET, "is 5 s then: one that hangs holds up every pod for so long", "2s")
        elif wait_s < 0:
            yield warning(path, said, "is no limit at all: one that hangs stops all scheduling", "2s")
        elif wait_s < SHORT_S:
            yield warning(path, said, "one lost packet or pause is longer, and the pod fails its attempt", "2s")
        elif wait_s > LONG_S:
            yield warning(path, said, "scheduling is serial: one that hangs holds up every pod for so long", "2s")
