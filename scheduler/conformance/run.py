"""All probes, one after the other, and what they amount to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from scheduler.conformance.cases import ordinary
from scheduler.conformance.client import client
from scheduler.conformance.errors import NoAnswerError
from scheduler.conformance.probes import PROBES, Plan
from scheduler.conformance.rule import Level, Result, Rule
from scheduler.conformance.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One rule over all answers that it was asked of."""

    rule: Rule
    results: tuple[Result, ...]

    @property
    def broken(self) -> tuple[Result, ...]:
        """The answers that broke it."""
        return tuple(result for result in self.results if not result.is_kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came out."""

    outcomes: tuple[Outcome, ...]
    took_ms: Mapping[str, Sequence[float]]

    def broken(self, level: Level) -> tuple[Outcome, ...]:
        """The rules of that level that were broken."""
        return tuple(each for each in self.outcomes if each.rule.level is level and each.broken)

    @property
    def is_conformant(self) -> bool:
        """Whether nothing was broken that must hold."""
        return not self.broken(Level.MUST)


async def run(target: Target, plan: Plan) -> Report:
    """Ask everything; NoAnswerError when not even the first request gets through."""
    async with client(target) as asking:
        first = next(iter(target.verbs))
        answer = await asking.ask(first, ordinary(plan.modes[0], plan.names)[0].body)
        if answer.problem:
            raise NoAnswerError(f"{target.address(first)}: {answer.problem}")
        results = [result for probe in PROBES async for result in probe(asking, plan)]
        return Report(outcomes=outcomes(results), took_ms=asking.took_ms)


def outcomes(results: Sequence[Result]) -> tuple[Outcome, ...]:
    """Results gathered by rule: what must hold first, in the order in which rules were first asked of an answer."""
    order = {name: place for place, name in enumerate(dict.fromkeys(each.rule.name for each in results))}
    levels = list(Level)
    ordered = sorted(results, key=lambda each: (levels.index(each.rule.level), order[each.rule.name]))
    return tuple(
        Outcome(rule=rule, results=tuple(group)) for rule, group in groupby(ordered, key=lambda each: each.rule)
    )
