"""All rules over one configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from scheduler.lint.asked import Asked
from scheduler.lint.finding import Finding, Severity
from scheduler.lint.rules.availability import availability
from scheduler.lint.rules.basics import basics
from scheduler.lint.rules.form import form
from scheduler.lint.rules.payload import payload
from scheduler.lint.rules.reaching import reaching
from scheduler.lint.rules.resources import resources
from scheduler.lint.rules.sampling import sampling
from scheduler.lint.rules.second import second
from scheduler.lint.rules.timeouts import timeouts
from scheduler.lint.rules.tls import tls
from scheduler.lint.rules.verbs import verbs
from scheduler.lint.rules.versions import versions
from scheduler.lint.rules.weight import weight

Rule = Callable[[Asked], Iterator[Finding]]
RULES: Final[tuple[Rule, ...]] = (
    versions, form, basics, reaching, tls, timeouts, verbs, weight, sampling, payload, resources, availability, second,
)  # fmt: skip


def findings(asked: Asked) -> tuple[Finding, ...]:
    """What all rules found: errors first, then in the order of the rules."""
    severities = list(Severity)
    found = [finding for rule in RULES for finding in rule(asked)]
    return tuple(sorted(found, key=lambda finding: severities.index(finding.severity)))
