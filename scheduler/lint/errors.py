"""Why there is nothing to check."""

from __future__ import annotations


class LintError(Exception):
    """What was given cannot be checked."""

    exit_code = 2


class UnreadableError(LintError):
    """The file is missing, is no YAML, or holds no configuration of a kube-scheduler."""
