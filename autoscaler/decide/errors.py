"""What can be wrong with the lines to decide on."""

from __future__ import annotations


class DecideError(Exception):
    """Base of all; the message names file, line, field and value."""

    exit_code = 2  # the input is wrong


class VectorError(DecideError):
    """A line whose fields are not those of its kind."""
