"""What was answered a moment ago, by pod UID.

Three askers need it. Prioritize comes milliseconds after filter and about the same nodes: it gets the scores that were
computed then, and so of the same state. A pod that comes back although the shortlist passed some nodes on could not be
placed there (another extender, a volume, a lost race): the next time it is offered all. And `explain` tells what was
said the last time beside what would be said now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from policies.engine.answers import Filtered
from scheduler.short import short

T = TypeVar("T")

_MOST = 4096  # pods remembered
_REASONS = 20  # kept of one answer, most frequent first
_WITH_SCORES = 64  # whose lists of nodes and scores are kept: bindings overlap with the next pods' filters


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why some nodes were refused."""

    policy: str
    reason: str
    nodes: int
    unresolvable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One filter answer in short."""

    at_s: float
    profile: str
    offered: int
    passed: int
    by_shortlist: bool  # the shortlist was applied
    shortened: bool  # and left nodes out
    reasons: tuple[Reason, ...]


class Recent:
    """The last answers."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._scores: dict[str, tuple[list[str], list[int]]] = {}

    def keep(self, uid: str, answered: Filtered, *, profile: str, by_shortlist: bool, at_s: float) -> Answer:
        """Remember an answer to filter."""
        counts: Counter[tuple[str, str, bool]] = Counter()
        for policy, unresolvable, _, texts in answered.refused:
            for reason, nodes in _counted(texts).items():
                counts[policy, reason, unresolvable] += nodes
        reasons = tuple(
            Reason(policy=policy, reason=short(reason), unresolvable=unresolvable, nodes=nodes)
            for (policy, reason, unresolvable), nodes in counts.most_common(_REASONS)
        )
        answer = Answer(
            at_s=at_s,
            profile=profile,
            offered=len(answered.passed) + sum(len(each.nodes) for each in answered.refused),
            passed=len(answered.passed),
            by_shortlist=by_shortlist,
            shortened=answered.shortened,
            reasons=reasons,
        )
        if not uid:  # two pods without one must not be taken for the same
            return answer
        _put(self._answers, uid, answer, _MOST)
        _put(self._scores, uid, (answered.passed, answered.integers), _WITH_SCORES)
        return answer

    def answer(self, uid: str) -> Answer | None:
        """The last one for the pod."""
        return self._answers.get(uid)

    def begin(self, uid: str) -> bool:
        """A pod comes (again): its old scores are void. Is the shortlist to be applied?"""
        self._scores.pop(uid, None)
        known = self._answers.get(uid)
        return known is None or not known.shortened or known.passed == 0

    def scores(self, uid: str, names: Sequence[str]) -> list[int] | None:
        """The scores of the last filter for these nodes; None when it did not pass all of them."""
        known = self._scores.get(uid)
        if known is None:
            return None
        passed, integers = known
        if passed == names:
            return integers
        by_name = dict(zip(passed, integers, strict=True))
        try:
            return [by_name[name] for name in names]
        except KeyError:
            return None


def _counted(texts: Sequence[str]) -> Mapping[str, int]:
    """How often each is there; mostly all are one object, which takes no look at its characters."""
    return {texts[0]: len(texts)} if texts.count(texts[0]) == len(texts) else Counter(texts)


def _put(kept: dict[str, T], uid: str, value: T, most: int) -> None:
    kept.pop(uid, None)  # the youngest is last
    kept[uid] = value
    if len(kept) > most:
        del kept[next(iter(kept))]
