"""Rules 3, 37, 40: windows, their edges, and the memory of wishes."""

from __future__ import annotations

import pytest

from autoscaler.planner.history import History, Recommendation
from autoscaler.planner.hpa.windows import by_behavior, by_window, initial
from autoscaler.planner.spec import Rules
from tests.autoscaler.planner.hpa.parts import NOW_S, horizontal


def wished(*pairs: tuple[int, float]) -> History:
    """(replicas, seconds ago)."""
    return History(recommendations=tuple(Recommendation(count, NOW_S - ago) for count, ago in pairs), started=True)


def log(history: History) -> list[int]:
    return [each.replicas for each in history.recommendations]


@pytest.mark.parametrize(
    ("before", "wish", "after", "slots"),
    [
        ([(4, 120), (5, 60)], 3, 5, [4, 5, 3]),
        ([(4, 120), (5, 60)], 9, 9, [4, 5, 9]),
        ([(10, 600), (9, 540)], 3, 3, [10, 3]),  # the last old slot is used again
        ([(10, 600), (4, 60), (5, 120), (9, 540)], 3, 5, [10, 4, 5, 3]),
        ([(8, 300)], 3, 8, [8, 3]),  # as old as the window is in it
        ([(8, 300.001)], 3, 3, [3]),
    ],
)
def test_without_behavior_the_highest_of_the_window_counts(
    before: list[tuple[int, float]], wish: int, after: int, slots: list[int]
) -> None:
    found = by_window(horizontal(), wished(*before), wish, NOW_S)
    assert (found.replicas, log(found.history)) == (after, slots)
    assert found.condition.reason == ("ReadyForNewScale" if after == wish else "ScaleDownStabilized")
    assert Recommendation(wish, NOW_S) in found.history.recommendations


@pytest.mark.parametrize(
    ("before", "current", "wish", "after", "slots", "reason"),
    [
        ([(4, 120), (5, 60)], 100, 3, 5, [4, 5, 3], "ScaleDownStabilized"),  # down 180: max(3, 4, 5)
        ([(4, 200), (5, 60)], 100, 3, 5, [3, 5], "ScaleDownStabilized"),  # the old slot is used again
        ([(9, 180)], 100, 3, 3, [9, 3], "ReadyForNewScale"),  # as old as the window is out, and not yet a free slot
        ([(9, 181)], 100, 3, 3, [3], "ReadyForNewScale"),
        ([(4, 50), (5, 20)], 1, 7, 4, [4, 5, 7], "ScaleUpStabilized"),  # up 60: min(7, 4, 5)
        ([(2, 60)], 1, 7, 7, [2, 7], "ReadyForNewScale"),
        ([(2, 90), (9, 30)], 4, 5, 5, [2, 9, 5], "ReadyForNewScale"),
        ([(2, 30), (9, 30)], 4, 5, 4, [2, 9, 5], "ScaleUpStabilized"),  # between 2 and 9 what is there stays
        ([(9, 30)], 4, 3, 4, [9, 3], "ScaleDownStabilized"),
    ],
)
def test_with_behavior_each_direction_has_its_window(
    before: list[tuple[int, float]], current: int, wish: int, after: int, slots: list[int], reason: str
) -> None:
    up, down = Rules(window_s=60.0), Rules(window_s=180.0)
    found = by_behavior(horizontal(), up, down, wished(*before), wish, current=current, now_s=NOW_S)
    assert (found.replicas, log(found.history), found.condition.reason) == (after, slots, reason)


@pytest.mark.parametrize(("ago", "slots"), [(180, [9, 3]), (181, [3]), (61, [9, 3])])
def test_a_slot_is_free_when_both_windows_are_past_it(ago: float, slots: list[int]) -> None:
    up, down = Rules(window_s=180.0), Rules(window_s=60.0)
    found = by_behavior(horizontal(), up, down, wished((9, ago)), 3, current=5, now_s=NOW_S)
    assert log(found.history) == slots


def test_out_waits_for_nothing_unless_told_to() -> None:
    found = by_behavior(horizontal(), Rules(), Rules(window_s=0.0), wished((1, 0.5)), 9, current=5, now_s=NOW_S)
    assert found.replicas == 9


def test_what_was_stabilized_is_said_in_words() -> None:
    def message(wish: int, *before: tuple[int, float]) -> str:
        rules = Rules(window_s=60.0)
        return by_behavior(horizontal(), rules, rules, wished(*before), wish, current=5, now_s=NOW_S).condition.message

    assert message(5) == "recommended size matches current size"
    assert message(9, (7, 5)) == "recent recommendations were lower than the present one, the lowest of them is applied"
    assert (
        message(1, (4, 5)) == "recent recommendations were higher than the present one, the highest of them is applied"
    )


def test_a_window_that_is_not_given_is_the_controllers_for_in_and_none_for_out() -> None:
    before = wished((9, 299), (1, 1))
    found = by_behavior(horizontal(), Rules(), Rules(), before, 5, current=5, now_s=NOW_S)
    assert found.replicas == 5
    assert by_behavior(horizontal(), Rules(), Rules(), before, 3, current=9, now_s=NOW_S).replicas == 9
    assert by_behavior(horizontal(), Rules(), Rules(), before, 9, current=5, now_s=NOW_S).replicas == 9


def test_the_first_pass_wishes_for_what_is_there_and_only_once() -> None:
    first = initial(History(), 5, NOW_S)
    assert log(first) == [5]
    assert initial(first, 9, NOW_S + 1) is first
    emptied = History(started=True)
    assert initial(emptied, 5, NOW_S) is emptied
