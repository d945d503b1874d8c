"""What can go wrong with a control plane for tests."""

from __future__ import annotations


class ClusterError(Exception):
    """Base of all errors of `tests.cluster`; the message names what was wanted, what came, and where to look."""

    exit_code = 1


class ToolchainError(ClusterError):
    """The Go toolchain is missing or too old; the message says what to install."""

    exit_code = 2


class BuildError(ClusterError):
    """The programs could not be built; the message ends with what the compiler said last."""


class ProgramError(ClusterError):
    """A program did not start, ended by itself or could not be ended; the message ends with its last words."""


class WaitError(ClusterError):
    """Something that was waited for did not happen in time."""


class ApiError(ClusterError):
    """The API server refused a request."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status
