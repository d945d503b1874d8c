"""What can be wrong with what a planner is given."""

from __future__ import annotations


class PlannerError(Exception):
    """Base of all; the message names the field and the value."""

    exit_code = 2  # the input is wrong


class SpecError(PlannerError):
    """A specification that asks for something that cannot be."""


class RecordError(PlannerError):
    """A recorded decision that cannot be read or made again."""
