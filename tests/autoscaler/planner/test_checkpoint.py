"""A history that went through text decides as it did before, and the text rests while the workload does."""

from __future__ import annotations

from dataclasses import replace
from math import sin, tau
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.planner.checkpoint import decode, encode, problem
from autoscaler.planner.forecast import remembered
from autoscaler.planner.history import History, Recommendation, ScaleEvent, Seen
from autoscaler.planner.hpa import limits, windows
from autoscaler.planner.plan import plan
from autoscaler.planner.recommend import recommended
from autoscaler.planner.spec import Forecast, Horizontal, Rules, Vertical
from tests.autoscaler.planner.loop import CPU, TICK_S, Workload, make_spec

NOW_S = 1_790_000_000.0
ASKED = Horizontal(max_replicas=100, metrics=(CPU,))
REPLICAS = st.integers(0, 12)
AGES_S = st.lists(st.integers(1, 4000), max_size=30, unique=True)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Recommendation, ...]:
    """In any order, as slots that were used again are; the last is a tick old."""
    ages_s = {15, *draw(AGES_S)}
    return tuple(
        Recommendation(draw(REPLICAS), NOW_S - age_s) for age_s in draw(st.permutations(sorted(ages_s))) if age_s >= 15
    )


@st.composite
def events(draw: st.DrawFn) -> tuple[ScaleEvent, ...]:
    return tuple(ScaleEvent(draw(st.integers(1, 9)), NOW_S - age_s, draw(st.booleans())) for age_s in draw(AGES_S))


def through_text(history: History, now_s: float = NOW_S) -> History:
    text = encode(history)
    assert problem(text) == ""
    return decode(text, now_s)


def test_a_new_history_stays_one() -> None:
    assert through_text(History()) == History()


@given(wishes(), REPLICAS, REPLICAS, st.integers(15, 3600))
def test_windows_decide_alike(known: tuple[Recommendation, ...], wish: int, current: int, window_s: float) -> None:
    before = History(recommendations=known, started=True)
    after = through_text(before)
    asked = replace(ASKED, down_window_s=window_s)
    up, down = Rules(window_s=max(16, 3600 - window_s)), Rules(window_s=window_s + 1)
    assert (
        windows.by_window(asked, after, wish, NOW_S).replicas == windows.by_window(asked, before, wish, NOW_S).replicas
    )
    by_behavior = [
        windows.by_behavior(asked, up, down, history, wish, current=current, now_s=NOW_S).replicas
        for history in (before, after)
    ]
    assert by_behavior[0] == by_behavior[1]


@given(events(), events(), st.integers(1, 1800))
def test_rates_decide_alike(out: tuple[ScaleEvent, ...], in_: tuple[ScaleEvent, ...], period_s: float) -> None:
    before = History(out_events=out, in_events=in_, started=True)
    after = through_text(before)
    assert limits.changed_within(after.out_events, period_s, NOW_S) == limits.changed_within(out, period_s, NOW_S)
    assert limits.changed_within(after.in_events, period_s, NOW_S) == limits.changed_within(in_, period_s, NOW_S)


@given(
    st.none() | st.floats(0, NOW_S),
    st.none() | st.floats(0, NOW_S),
    st.dictionaries(st.text(max_size=5), st.dictionaries(st.text(max_size=5), st.integers(0, 2**62)), max_size=3),
)
def test_periods_and_sizes_are_kept_exactly(
    first_s: float | None, second_s: float | None, size: dict[str, dict[str, int]]
) -> None:
    before = History(
        last_out_s=first_s, last_change_s=second_s, room_since_s=second_s, surplus_since_s=first_s, size=size, base=size
    )
    assert through_text(before) == before


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=60), st.integers(0, 4000))
@settings(max_examples=60)
def test_the_decision_after_a_restart_is_the_one_there_would_have_been(loads: list[int], next_load: int) -> None:
    workload = Workload(make_spec(), load=500)
    for load in loads:
        workload.load = load
        workload.tick()
    workload.load = next_load
    seen, history = workload.seen(), workload.history
    would_be = plan(workload.spec, seen, history, workload.rooms)
    is_ = plan(workload.spec, seen, through_text(history, workload.now_s), workload.rooms)
    assert (is_.wanted, is_.step, is_.held, is_.desired) == (
        would_be.wanted,
        would_be.step,
        would_be.held,
        would_be.desired,
    )


def test_a_restart_after_a_long_night_scales_nothing_in_before_the_window_is_over() -> None:
    workload = Workload(make_spec(), load=700)
    workload.run(3600)
    replicas = workload.replicas
    text = encode(workload.history)
    workload.now_s += 8 * 3600
    workload.history = decode(text, workload.now_s)
    workload.load = 1
    workload.run(285)
    assert workload.replicas == replicas
    workload.run(60)
    assert workload.replicas < replicas


@pytest.mark.parametrize("load", [pytest.param(700, id="a load"), pytest.param(0, id="none")])
def test_the_text_rests_while_the_workload_does(load: int) -> None:
    spec = make_spec(forecast=Forecast(mode="Act"))
    workload = Workload(spec, load=load)
    workload.run(2 * 3600)
    texts = set()
    for _ in range(240):  # an hour
        workload.tick()
        texts.add(encode(workload.history))
    assert len(texts) == 1


def test_the_text_rests_while_the_load_trembles_within_tolerance() -> None:
    workload = Workload(make_spec(), load=700)
    workload.run(3600)
    texts = set()
    for turn in range(240):
        workload.load = 700 + 10 * (turn % 4)
        workload.tick()
        texts.add(encode(workload.history))
    assert len(texts) == 1


def test_the_text_changes_once_an_hour_when_it_learns_sizes() -> None:
    workload = Workload(make_spec(vertical=Vertical(mode="Recommend")), load=700)
    workload.run(7200)
    texts = set()
    for _ in range(3 * 240):  # three hours
        workload.tick()
        texts.add(encode(workload.history))
    assert len(texts) <= 4


def test_only_what_a_window_can_end_on_is_kept() -> None:
    known = [(5, 100), (9, 90), (4, 80), (7, 70), (7, 60), (6, 50), (5, 40), (5, 15)]  # replicas, seconds ago
    history = History(recommendations=tuple(Recommendation(each, NOW_S - ago) for each, ago in known), started=True)
    # from the last backwards: 5, then the first above or below all that came after: 6, 7, 4, 9
    kept = [(9, NOW_S - 90), (4, NOW_S - 80), (7, NOW_S - 60), (6, NOW_S - 50), (5, NOW_S)]
    assert [(each.replicas, each.at_s) for each in through_text(history).recommendations] == kept


def test_a_clock_that_went_ahead_holds_nothing_back_for_longer() -> None:
    ahead_s = NOW_S + 86_400
    before = History(
        recommendations=(Recommendation(9, ahead_s), Recommendation(5, ahead_s + 15)),
        out_events=(ScaleEvent(4, ahead_s),),
        last_out_s=ahead_s,
        last_change_s=ahead_s,
        room_since_s=ahead_s,
        surplus_since_s=ahead_s,
        seen={"m": Seen(milli=0, since_s=ahead_s, nonzero_milli=900, nonzero_s=ahead_s)},
        started=True,
    )
    assert through_text(before) == History(
        recommendations=(Recommendation(9, NOW_S), Recommendation(5, NOW_S)),
        out_events=(ScaleEvent(4, NOW_S),),
        last_out_s=NOW_S,
        last_change_s=NOW_S,
        room_since_s=NOW_S,
        surplus_since_s=NOW_S,
        seen={"m": Seen(milli=0, since_s=NOW_S, nonzero_milli=900, nonzero_s=NOW_S)},
        started=True,
    )


def test_a_zero_is_remembered_with_its_time_and_another_number_roughly() -> None:
    zero = Seen(milli=0, since_s=NOW_S - 60, nonzero_milli=900, nonzero_s=NOW_S - 75)
    other = Seen(milli=931, since_s=NOW_S, nonzero_milli=900, nonzero_s=NOW_S - 75, told_s=NOW_S)
    after = through_text(History(seen={"m": zero, "n": other}))
    assert after.seen["m"] == zero
    assert (after.seen["n"].nonzero_milli, after.seen["n"].nonzero_s) == (900, NOW_S - 75)


def test_a_full_memory_is_small_and_its_series_is_kept_within_three_percent() -> None:
    history = History(started=True)
    at_s = NOW_S
    for turn in range(14 * 1440):  # a minute each, two weeks
        at_s = NOW_S + 60 * turn
        wish = 6 + 4 * sin(tau * at_s / 86_400) + 0.3 * sin(turn)
        history = replace(history, series=remembered(history.series, at_s, wish))
    usage = history.usage
    for turn in range(1000):
        taken = [
            (container, resource, round(amount * (1.5 + sin(turn))), NOW_S + 60 * turn)
            for container in ("app", "sidecar")
            for resource, amount in (("cpu", 300), ("memory", 4e11))
        ]
        _, usage = recommended(Vertical(), usage, taken, NOW_S + 60 * turn)
    wishes = tuple(Recommendation(9 - turn % 5, NOW_S - 15 * turn) for turn in range(40))
    history = replace(history, usage=usage, recommendations=wishes)
    text = encode(history)
    assert len(text) < 8_000
    before = dict(history.series)
    after = decode(text, at_s).series
    assert len(after) > 13 * 48 + 150  # half hours of the whole days, and minutes
    assert all(wish == pytest.approx(before[at_s], rel=0.03) for at_s, wish in after if at_s in before)
    latest = [wish for at_s, wish in history.series[-60:]]
    assert fmean(wish for _, wish in after[-30:]) == pytest.approx(fmean(latest[:30]), rel=0.1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "truncated", id="nothing"),
        pytest.param("{}", "missing required field `v`", id="no version"),
        pytest.param('{"v":2}', "version 1 is known, got 2", id="a later version"),
        pytest.param('{"v":1,"more":1}', "unknown field `more`", id="what is not ours"),
        pytest.param('{"v":1,"wish":-1}', "`int` >= 0", id="fewer than none"),
        pytest.param('{"v":1,"blocks":"eJw"}', "series", id="a series cut short"),
        pytest.param('{"v":1,"minutes":"eJwDAAAAAAE="}', "from 1 to 240 steps are known, got -4", id="an empty series"),
        pytest.param("[" * 100_000, "at most 65536 characters, got 100000", id="far too much"),
        pytest.param("[" * 50_000, "checkpoint: ", id="deep nesting"),
    ],
)
def test_garbage_is_a_new_history_and_a_sentence(text: str, said: str) -> None:
    assert decode(text, NOW_S) == History()
    assert said in problem(text)


@given(st.data())
def test_a_text_that_somebody_touched_never_raises(data: st.DataObject) -> None:
    workload = Workload(make_spec(vertical=Vertical(mode="Recommend"), forecast=Forecast(mode="Act")), load=700)
    workload.run(5 * TICK_S)
    text = encode(workload.history)
    at = data.draw(st.integers(0, len(text)))
    touched = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 5)) :]
    workload.history = decode(touched, workload.now_s)
    workload.tick()
    assert encode(workload.history)
