"""Why an extender cannot be asked."""

from __future__ import annotations


class ConformanceError(Exception):
    """What was given says nothing that can be asked."""

    exit_code = 2


class WrongTargetError(ConformanceError):
    """The URL, the verbs or the TLS files are not usable."""


class NoAnswerError(ConformanceError):
    """Nothing answers at that URL."""

    exit_code = 1
