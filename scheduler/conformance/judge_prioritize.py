"""Answers to the prioritize verb (pkg/scheduler/schedule_one.go, prioritizeNodes), whose errors nobody notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from scheduler.conformance.answers import Scored, scored
from scheduler.conformance.cases import NodesCase
from scheduler.conformance.client import Answer
from scheduler.conformance.common import listed, read
from scheduler.conformance.rule import Result, must, should

HIGHEST: Final = 1000  # with weight 1 already ten times what all default plugins together can say
ONCE: Final = must(
    "prioritize-once", "every node has one score", "the scores of a node that is there twice are added up"
)
EVERY: Final = should("prioritize-every-node", "every node has a score", "one without gets 0 from this extender")
OFFERED: Final = should("prioritize-only-offered", "only nodes that were offered have scores", "others are ignored")
NUMBERS: Final = should("prioritize-numbers", "no score is null", "null counts as 0")
RANGE: Final = should(
    "prioritize-range",
    f"scores are from 0 to {HIGHEST} (10 is the top of extender/v1)",
    "nothing clamps them: a negative one takes points away, a huge one outweighs everything else and may overflow",
)


def judged(case: NodesCase, answer: Answer) -> tuple[list[Result], Scored | None]:
    """The results of one prioritize answer, and what it said."""
    where = f"prioritize, {case.mode.setting}: {case.name}"
    results: list[Result] = []
    found = read(answer, where, scored, results)
    if found is not None:
        results += _results(case, found, where)
    return results, found


def _results(case: NodesCase, found: Scored, where: str) -> Iterator[Result]:
    counts = Counter(host for host, _ in found.scores)
    yield ONCE.result(where, listed("twice: ", (host for host, times in counts.items() if times > 1)))
    yield EVERY.result(where, listed("no score: ", (name for name in case.names if name not in counts)))
    yield OFFERED.result(where, listed("never offered: ", (host for host in counts if host not in case.names)))
    yield NUMBERS.result(where, listed("null: ", found.nulls))
    outside = (f"{host} {score}" for host, score in found.scores if not 0 <= score <= HIGHEST)
    yield RANGE.result(where, listed("outside: ", outside))
