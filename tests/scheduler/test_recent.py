"""What was answered a moment ago."""

from __future__ import annotations

from policies.engine.answers import Filtered, Refused
from scheduler.recent import Recent


def answered(*passed: str, refused: dict[str, str] | None = None, shortened: bool = False) -> Filtered:
    return Filtered(
        passed=list(passed),
        integers=list(range(len(passed))),
        refused=[Refused("latency", False, list(refused), list(refused.values()))] if refused else [],
        shortened=shortened,
    )


def keep(recent: Recent, uid: str, answer: Filtered, *, by_shortlist: bool = True) -> None:
    recent.keep(uid, answer, profile="p", by_shortlist=by_shortlist, at_s=1.0)


def test_prioritize_gets_the_scores_of_the_filter() -> None:
    recent = Recent()
    keep(recent, "u", answered("a", "b", "c"))
    assert recent.scores("u", ["a", "b", "c"]) == [0, 1, 2]
    assert recent.scores("u", ["c", "a"]) == [2, 0]


def test_a_node_that_did_not_pass_has_to_be_decided_on() -> None:
    recent = Recent()
    keep(recent, "u", answered("a"))
    assert recent.scores("u", ["a", "z"]) is None
    assert recent.scores("other", ["a"]) is None


def test_a_pod_that_comes_again_has_no_old_scores() -> None:
    recent = Recent()
    keep(recent, "u", answered("a"))
    recent.begin("u")
    assert recent.scores("u", ["a"]) is None


def test_pod_that_comes_back_after_a_shortlist_is_offered_all_and_then_the_shortlist_again() -> None:
    recent = Recent()
    assert recent.begin("u")
    keep(recent, "u", answered("a", shortened=True))
    assert not recent.begin("u")
    keep(recent, "u", answered("a", "b"), by_shortlist=False)
    assert recent.begin("u")


def test_reasons_are_counted_most_frequent_first() -> None:
    recent = Recent()
    keep(recent, "u", answered(refused={"a": "rtt 5 ms", "b": "rtt 9 ms", "c": "rtt 9 ms"}))
    answer = recent.answer("u")
    assert answer is not None
    assert [(reason.reason, reason.nodes) for reason in answer.reasons] == [("rtt 9 ms", 2), ("rtt 5 ms", 1)]
    assert (answer.offered, answer.passed) == (3, 0)


def test_memory_is_bounded() -> None:
    recent = Recent()
    for number in range(5000):
        keep(recent, str(number), answered("a"))
    assert recent.answer("0") is None
    assert recent.answer("4999") is not None
    assert recent.scores("4900", ["a"]) is None
