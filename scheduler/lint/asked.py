"""What a rule is given: one configuration, what stands around it, and the placement profile that it is to serve."""

from __future__ import annotations

from dataclasses import dataclass, field

from policies.engine.profile import Profile
from scheduler.lint.configuration import Configuration
from scheduler.lint.surroundings import Surroundings


@dataclass(frozen=True)
class Asked:
    """The question that every rule answers a part of."""

    configuration: Configuration
    profile: Profile
    surroundings: Surroundings = field(default_factory=Surroundings)
