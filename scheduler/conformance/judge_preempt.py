"""Answers to the preempt verb (pkg/scheduler/extender.go, convertToVictims): always meta victims, in both modes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scheduler.conformance.answers import Preempted, preempted
from scheduler.conformance.cases import PreemptCase
from scheduler.conformance.client import Answer
from scheduler.conformance.common import listed, read
from scheduler.conformance.rule import Result, must

META: Final = must(
    "preempt-meta-victims",
    "victims are in NodeNameToMetaVictims, also where whole pods were sent",
    "NodeNameToVictims is ignored: no candidate is left, and nothing is preempted",
)
OFFERED: Final = must(
    "preempt-only-candidates", "only nodes that were candidates come back", "an unknown node makes preemption fail"
)
KNOWN: Final = must(
    "preempt-known-victims",
    "victims are pods that run on that node",
    "a UID that the scheduler does not find on the node makes preemption fail",
)
NOT_EMPTY: Final = must(
    "preempt-not-empty",
    "a node that comes back has at least one victim",
    "a node without victims makes preemption fail; with ignorable: true the node is dropped",
)
COUNTED: Final = must(
    "preempt-pdb-count", "NumPDBViolations is not negative", "the node looks better than those that violate nothing"
)


def judged(case: PreemptCase, answer: Answer) -> tuple[list[Result], Preempted | None]:
    """The results of one preempt answer, and what it said."""
    where = f"preempt, {case.mode.setting}: {case.name}"
    results: list[Result] = []
    found = read(answer, where, preempted, results)
    if found is not None:
        results += _results(case, found, where)
    return results, found


def _results(case: PreemptCase, found: Preempted, where: str) -> Iterator[Result]:
    misplaced = found.has_whole_victims and not found.victims
    yield META.result(where, "only NodeNameToVictims" if misplaced else "")
    yield OFFERED.result(where, listed("no candidate: ", (node for node in found.victims if node not in case.victims)))
    strange = (
        f"{uid or 'no UID'} on {node}"
        for node, victims in found.victims.items()
        for uid in victims.uids
        if uid not in case.victims.get(node, victims.uids)
    )
    yield KNOWN.result(where, listed("unknown: ", strange))
    yield NOT_EMPTY.result(
        where, listed("no victim: ", (node for node, each in found.victims.items() if not each.uids))
    )
    below = (node for node, each in found.victims.items() if each.pdb_violations < 0)
    yield COUNTED.result(where, listed("negative: ", below))
