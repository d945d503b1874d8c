"""What can be wrong with recording a trace."""

from __future__ import annotations


class RecordingError(Exception):
    """Base of all errors of `autoscaler.recording`: the trace could not be fetched or written."""

    exit_code = 1


class AskedError(RecordingError, ValueError):
    """What was asked for cannot be: a time that is none, an interval without an end, steps without number."""

    exit_code = 2
