"""What can be wrong with the extender's input, or with what it was about to answer."""

from __future__ import annotations


class SchedulerError(Exception):
    """Base of all errors of `scheduler`; the run failed."""

    exit_code = 1


class WireError(SchedulerError):
    """A request that cannot be read; the message says what was wrong and where in the body."""


class BodyTooLarge(WireError):  # noqa: N818 - says what happened
    """A request body past the limit that the message names: as sent, inflated or decoded."""


class AnswerError(SchedulerError):
    """An answer that kube-scheduler would misread: a node answered twice or not at all, a score that is no integer."""
