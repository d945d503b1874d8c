"""Answers to the bind verb, asked for a pod that is not there: an error has to be in the answer, not in the status."""

from __future__ import annotations

from typing import Final

from scheduler.conformance.answers import Bound, bound
from scheduler.conformance.client import Answer
from scheduler.conformance.common import read
from scheduler.conformance.rule import Result, must, should

REFUSED: Final = must(
    "bind-says-error",
    "a pod that cannot be bound is answered with Error",
    "an answer without Error counts as bound: the scheduler holds the node's room for a pod that never starts",
)
AGAIN: Final = should(
    "bind-again",
    "the same request again has the same outcome",
    "a call that timed out is made again; one that was done must not fail then",
)


def judged(case: str, answer: Answer) -> tuple[list[Result], Bound | None]:
    """The results of one bind answer, and what it said."""
    results: list[Result] = []
    found = read(answer, f"bind: {case}", bound, results)
    if found is not None:
        results.append(REFUSED.result(f"bind: {case}", "" if found.error else "no Error"))
    return results, found
