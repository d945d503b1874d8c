"""What a rule found: where, what stands there, why that matters, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How much it matters; the order of the members is the order in which findings are shown."""

    ERROR = "error"  # kube-scheduler refuses the file, or pods do not get placed
    WARNING = "warning"  # it runs, and does not do what the extender is there for
    HINT = "hint"  # worth knowing


UNSET: Final = "unset"  # a field that is not in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that should be written differently; *path* is as in `extenders[0].weight`."""

    severity: Severity
    path: str
    value: object
    why: str
    instead: str


def error(path: str, value: object, why: str, instead: str) -> Finding:
    """A finding that keeps pods from being placed."""
    return Finding(severity=Severity.ERROR, path=path, value=value, why=why, instead=instead)


def warning(path: str, value: object, why: str, instead: str) -> Finding:
    """A finding that keeps the extender from doing its work."""
    return Finding(severity=Severity.WARNING, path=path, value=value, why=why, instead=instead)


def hint(path: str, value: object, why: str, instead: str) -> Finding:
    """A finding that is worth knowing."""
    return Finding(severity=Severity.HINT, path=path, value=value, why=why, instead=instead)
