"""What can be wrong with a what-if question."""

from __future__ import annotations


class WhatIfError(Exception):
    """The message names file, row or option, and the value."""

    exit_code = 2  # the input is wrong
