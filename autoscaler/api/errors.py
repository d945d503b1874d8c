"""What can be wrong with an object that somebody wrote."""

from __future__ import annotations


class ObjectError(Exception):
    """An object with one or more problems, all of them in `problems`, each with its path and value."""

    exit_code = 2  # the input is wrong

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
