"""What came of a write: a value, because all four are to be expected and the caller goes on in each.

The horizontal pod autoscaler reads `scale` again at a conflict and writes its number all the same, so what a person
typed in between is gone. Here a conflict is looked into: when what we had seen is still so (only the status moved), the
write is tried again; when it is not, it is left as it is found, and the next decision starts from there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It is as it was wanted. `wrote` False: it was so already."""

    version: str = ""  # resourceVersion after the write: a watch that has not come so far shows what was before
    wrote: bool = True


@dataclass(frozen=True, slots=True)
class ChangedByOthers:
    """Somebody changed it since it was seen; nothing was written. The message has both values."""

    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It cannot be done now: the API server said no, or a rule of ours did. `reason` is one word in CamelCase."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer came, nor to the question afterwards, so it may have been done.

    To be counted as done where that is the careful side (periods, rates): else a step whose answer was lost would be
    made twice within one period.
    """

    message: str


Outcome = Done | ChangedByOthers | Refused | Unanswered
