"""What can be wrong with the values that the deciding code is given."""

from __future__ import annotations


class PolicyError(Exception):
    """Base of all errors of `policies`; its message names the field, what was wanted and what came."""

    exit_code = 2  # the command line's code for "the input is wrong"


class QuantityError(PolicyError, ValueError):
    """A text that is not a Kubernetes quantity, or one out of range."""


class QuantityRangeError(QuantityError):
    """A quantity that does not fit the API's 64 bits."""


class ModelError(PolicyError, ValueError):
    """A value of the model that contradicts itself or its neighbours."""


class BrokenPolicyError(PolicyError):
    """A policy that broke its contract or raised, with its file: what is wrong there is its author's to mend."""


class UnknownName(PolicyError, LookupError):  # noqa: N818 - says what happened, as KeyError's family does
    """A site, node, policy or profile that does not exist."""


class ProfileError(PolicyError, ValueError):
    """A profile with one or more problems, all of them in `problems`, each with its path."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
