"""What an answer has to keep, how much that matters, and what kube-scheduler does when it does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a rule matters."""

    MUST = "must"  # else pods are not placed, or placed wrongly
    SHOULD = "should"  # else something is lost: a reason, a score, time


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One promise of a good extender, and the *effect* of breaking it."""

    name: str
    level: Level
    promise: str
    effect: str

    def result(self, case: str, seen: str) -> Result:
        """That rule on one answer; *seen* is what was wrong with it, empty when nothing was."""
        return Result(rule=self, case=case, seen=seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One rule on one answer."""

    rule: Rule
    case: str
    seen: str  # what was wrong; empty when it was kept

    @property
    def is_kept(self) -> bool:
        """Whether the answer is as it should be."""
        return not self.seen


def must(name: str, promise: str, effect: str) -> Rule:
    """A rule without which pods are not placed, or placed wrongly."""
    return Rule(name=name, level=Level.MUST, promise=promise, effect=effect)


def should(name: str, promise: str, effect: str) -> Rule:
    """A rule without which something is lost."""
    return Rule(name=name, level=Level.SHOULD, promise=promise, effect=effect)
