"""What can be wrong with a metric that was asked for."""

from __future__ import annotations


class SourcesError(Exception):
    """Base of all errors of `autoscaler.sources`."""

    exit_code = 1


class NoMetric(SourcesError):  # noqa: N818 - says what happened
    """The source answered, and the metric is not there or cannot be read; the message is HPA's where it has one."""
