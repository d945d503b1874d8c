"""Rules 38, 41–45: minimum, maximum, rates, and the events that rates count."""

from __future__ import annotations

import pytest

from autoscaler.planner.history import History, ScaleEvent
from autoscaler.planner.hpa.events import changed, stored
from autoscaler.planner.hpa.integers import MAX_INT32
from autoscaler.planner.hpa.limits import by_rate, by_rule, changed_within, down_limit, up_limit
from autoscaler.planner.spec import DOWN_DEFAULT, UP_DEFAULT, Policy, Rules, Select
from tests.autoscaler.planner.hpa.parts import NOW_S, horizontal


@pytest.mark.parametrize(
    ("wish", "current", "least", "most", "after", "reason"),
    [
        (1, 3, 2, 8, 2, "TooFewReplicas"),
        (2, 3, 2, 8, 2, "DesiredWithinRange"),
        (9, 3, 2, 8, 6, "ScaleUpLimit"),  # 2 · 3
        (9, 1, 1, 8, 4, "ScaleUpLimit"),  # at least 4
        (9, 3, 2, 6, 6, "TooManyReplicas"),  # 6 binds as 2 · 3 does: the maximum names itself
        (1000, 20, 1, 10, 10, "TooManyReplicas"),
        (5, 3, 2, 8, 5, "DesiredWithinRange"),
    ],
)
def test_without_behavior_at_most_twice_as_many_or_four(
    wish: int, current: int, least: int, most: int, after: int, reason: str
) -> None:
    assert by_rule(wish, current=current, least=least, most=most) == (after, reason)


def pods(value: int, period_s: float = 60.0) -> Policy:
    return Policy(kind="Pods", value=value, period_s=period_s)


def percent(value: int, period_s: float = 60.0) -> Policy:
    return Policy(kind="Percent", value=value, period_s=period_s)


@pytest.mark.parametrize(
    ("select", "policies", "up", "down"),
    [
        ("Max", (pods(2), percent(50)), 14, 4),  # max(9 + 2, ceil(9 · 1.5)); min(9 - 2, int(9 · 0.5))
        ("Min", (pods(2), percent(50)), 11, 7),
        ("Disabled", (pods(2),), 9, 9),
        ("Max", (percent(10),), 10, 8),  # ceil(9.9), int(8.1)
        ("Max", (percent(100),), 18, 0),
        ("Max", (percent(200),), 27, -9),
        ("Min", (), MAX_INT32, -MAX_INT32 - 1),  # no policy at all: no rate
        ("Max", (), -MAX_INT32 - 1, MAX_INT32),  # as upstream: no change
    ],
)
def test_policies_limit_a_change(select: Select, policies: tuple[Policy, ...], up: int, down: int) -> None:
    rules = Rules(select=select, policies=policies)
    assert up_limit(rules, History(), current=9, now_s=NOW_S) == up
    assert down_limit(rules, History(), current=9, now_s=NOW_S) == down


def test_percents_are_of_hundred() -> None:
    rules = Rules(policies=(percent(50),))
    assert up_limit(rules, History(), current=1000, now_s=NOW_S) == 1500
    assert down_limit(rules, History(), current=1000, now_s=NOW_S) == 500


def before(out: list[tuple[int, float]], back: list[tuple[int, float]]) -> History:
    def told(pairs: list[tuple[int, float]]) -> tuple[ScaleEvent, ...]:
        return tuple(ScaleEvent(change, NOW_S - ago) for change, ago in pairs)

    return History(out_events=told(out), in_events=told(back))


def test_both_directions_count_in_both_limits() -> None:
    history = before([(3, 10), (4, 59), (9, 60)], [(2, 10)])
    rules = Rules(policies=(pods(5),))
    assert up_limit(rules, history, current=10, now_s=NOW_S) == 10  # 10 - 3 - 4 + 2 + 5
    assert down_limit(rules, history, current=10, now_s=NOW_S) == 0  # 10 - 3 - 4 + 2 - 5


@pytest.mark.parametrize(
    ("wish", "current", "least", "most", "after", "reason"),
    [
        (12, 5, 1, 100, 10, "ScaleUpLimit"),  # max(5 + 4, 2 · 5)
        (12, 5, 1, 10, 10, "TooManyReplicas"),  # both bind: the maximum names itself
        (12, 5, 1, 9, 9, "TooManyReplicas"),
        (9, 5, 1, 100, 9, "DesiredWithinRange"),
        (2, 5, 1, 100, 2, "DesiredWithinRange"),
        (0, 5, 1, 100, 1, "TooFewReplicas"),
        (10, 5, 1, 100, 10, "DesiredWithinRange"),  # just what may be
        (1, 5, 1, 100, 1, "DesiredWithinRange"),
        (5, 5, 1, 4, 5, "DesiredWithinRange"),
        (5, 5, 9, 100, 5, "DesiredWithinRange"),  # nothing is wished for
    ],
)
def test_defaults_double_or_add_four_and_may_take_all(
    wish: int, current: int, least: int, most: int, after: int, reason: str
) -> None:
    found = by_rate(UP_DEFAULT, DOWN_DEFAULT, History(), wish, current=current, least=least, most=most, now_s=NOW_S)
    assert found == (after, reason)


def test_a_spent_rate_never_turns_the_direction() -> None:
    history = before([(8, 5)], [])
    up = Rules(policies=(pods(2),))
    found = by_rate(up, DOWN_DEFAULT, history, 20, current=10, least=1, most=100, now_s=NOW_S)
    assert found == (10, "ScaleUpLimit")  # 10 - 8 + 2 = 4 would be in
    history = before([], [(8, 5)])
    down = Rules(policies=(pods(2),))
    found = by_rate(UP_DEFAULT, down, history, 1, current=10, least=1, most=100, now_s=NOW_S)
    assert found == (10, "ScaleDownLimit")  # 10 + 8 - 2 = 16 would be out


def test_the_tighter_bound_names_itself_on_the_way_in() -> None:
    down = Rules(policies=(pods(3),))
    assert by_rate(UP_DEFAULT, down, History(), 1, current=9, least=2, most=99, now_s=NOW_S) == (6, "ScaleDownLimit")
    assert by_rate(UP_DEFAULT, down, History(), 1, current=9, least=6, most=99, now_s=NOW_S) == (6, "TooFewReplicas")


def test_an_event_as_old_as_the_period_is_out_of_it() -> None:
    events = (ScaleEvent(5, NOW_S - 60.0), ScaleEvent(7, NOW_S - 59.9))
    assert changed_within(events, 60.0, NOW_S) == 7


RULES = Rules(policies=(pods(10, 60.0), percent(100, 30.0)))


@pytest.mark.parametrize(
    ("events", "slots"),
    [
        ((), [(5, False)]),
        ((ScaleEvent(7, NOW_S - 61.0),), [(5, False)]),
        ((ScaleEvent(7, NOW_S - 60.0),), [(7, False), (5, False)]),  # as old as the longest policy is in use
        ((ScaleEvent(7, NOW_S - 61.0), ScaleEvent(6, NOW_S - 59.0)), [(5, False), (6, False)]),
        ((ScaleEvent(7, NOW_S - 90.0), ScaleEvent(6, NOW_S - 61.0)), [(7, True), (5, False)]),  # the last old one
        ((ScaleEvent(7, NOW_S - 9.0, outdated=True),), [(5, False)]),
    ],
)
def test_a_change_takes_the_last_old_slot(events: tuple[ScaleEvent, ...], slots: list[tuple[int, bool]]) -> None:
    found = stored(RULES, events, 5, NOW_S)
    assert [(each.change, each.outdated) for each in found] == slots
    assert NOW_S in [each.at_s for each in found]


def test_changes_are_kept_by_direction_and_only_where_there_are_rates() -> None:
    asked = horizontal(up=UP_DEFAULT, down=DOWN_DEFAULT)
    out = changed(History(), asked, 3, 5, NOW_S)
    assert (out.out_events, out.in_events) == ((ScaleEvent(2, NOW_S),), ())
    back = changed(History(), asked, 5, 2, NOW_S)
    assert (back.out_events, back.in_events) == ((), (ScaleEvent(3, NOW_S),))
    assert changed(History(), asked, 3, 3, NOW_S) == History()
    assert changed(History(), horizontal(), 3, 5, NOW_S) == History()
    assert changed(History(), horizontal(down=DOWN_DEFAULT), 3, 5, NOW_S).out_events == (ScaleEvent(2, NOW_S),)
    history = History(in_events=(ScaleEvent(1, NOW_S - 20.0),))
    slow = horizontal(down=Rules(policies=(percent(100, 60.0),)))
    assert changed(history, slow, 5, 2, NOW_S).in_events == (ScaleEvent(1, NOW_S - 20.0), ScaleEvent(3, NOW_S))
    default = horizontal(up=UP_DEFAULT)  # 15 s
    assert changed(history, default, 5, 2, NOW_S).in_events == (ScaleEvent(3, NOW_S),)


def test_without_policies_all_but_this_moment_is_old() -> None:
    events = (ScaleEvent(1, NOW_S - 0.5), ScaleEvent(2, NOW_S))
    assert stored(Rules(), events, 3, NOW_S) == (ScaleEvent(3, NOW_S), ScaleEvent(2, NOW_S))
