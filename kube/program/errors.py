"""What can be wrong with what a program stands on, before and around its own work."""

from __future__ import annotations


class ListenError(Exception):
    """The server cannot listen: an address in use, a certificate that cannot be read."""

    exit_code = 1


class QueryError(Exception):
    """Prometheus did not answer, or answered what nobody can use."""

    exit_code = 1


class ConfigError(Exception):
    """The configuration with one or more problems, all of them in `problems`, each with its path and value."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
