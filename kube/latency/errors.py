"""What can be wrong with a source of latency or with the prober."""

from __future__ import annotations

from kube.errors import KubeError


class LatencyError(KubeError):
    """Base of all errors of `kube.latency` and of the prober; what was asked of the network or of a source failed."""


class MeasurementError(LatencyError, ValueError):
    """A measurement that contradicts itself."""

    exit_code = 2


class InputError(LatencyError, ValueError):
    """A text or a file with one or more problems, all of them in `problems`, each with its place and value."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SourceError(LatencyError):
    """A source that does not answer, or answers what nobody can use."""
