"""The kernel's promises: order, repeatability, cancelling, and what it refuses."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.kernel import LATE, NORMAL, URGENT, Event, Kernel, ScheduleError

plans = st.lists(
    st.tuples(st.integers(0, 5).map(float), st.sampled_from([URGENT, NORMAL, LATE]), st.booleans()), max_size=40
)


def told(plan: list[tuple[float, int, bool]]) -> list[tuple[float, int, int]]:
    """What happened, as (time, priority, number of the call), with every third event scheduling one more for then."""
    kernel = Kernel()
    seen: list[tuple[float, int, int]] = []

    def note(number: int, priority: int) -> None:
        seen.append((kernel.now_s, priority, number))
        if number % 3 == 0:
            kernel.after(0.0, lambda: seen.append((kernel.now_s, NORMAL, 1000 + number)))

    events = [
        kernel.at(time_s, lambda n=number, p=priority: note(n, p), priority)  # type: ignore[misc]
        for number, (time_s, priority, _) in enumerate(plan)
    ]
    for event, (_, _, cancelled) in zip(events, plan, strict=True):
        if cancelled:
            assert event.cancel()
    kernel.run()
    return seen


@given(plans)
def test_events_come_in_order_of_time_then_priority_then_insertion(plan: list[tuple[float, int, bool]]) -> None:
    planned = [entry for entry in told(plan) if entry[2] < 1000]
    assert planned == sorted(planned)
    assert {number for _, _, number in planned} == {n for n, (_, _, cancelled) in enumerate(plan) if not cancelled}


@given(plans)
def test_the_same_calls_give_the_same_run(plan: list[tuple[float, int, bool]]) -> None:
    assert told(plan) == told(plan)


@given(plans, st.floats(0, 6))
def test_time_never_goes_back_and_a_run_in_two_parts_is_the_run(
    plan: list[tuple[float, int, bool]], cut_s: float
) -> None:
    whole, parts = Kernel(), Kernel()
    seen: dict[Kernel, list[tuple[float, int]]] = {whole: [], parts: []}
    for kernel, log in seen.items():
        for number, (time_s, priority, _) in enumerate(plan):
            kernel.at(time_s, lambda k=kernel, w=log, n=number: w.append((k.now_s, n)), priority)  # type: ignore[misc]
    done = whole.run()
    assert parts.run(cut_s) + parts.run() == done == len(plan)
    assert seen[whole] == seen[parts]
    assert all(a <= b for (a, _), (b, _) in pairwise(seen[whole]))


def test_a_cancelled_event_never_happens_and_says_whether_it_was_pending() -> None:
    kernel = Kernel()
    seen: list[str] = []
    first, second = kernel.at(1.0, lambda: seen.append("first")), kernel.at(2.0, lambda: seen.append("second"))
    assert first.cancel()
    assert not first.cancel()
    assert kernel.peek_s() == 2.0
    assert kernel.run() == 1
    assert seen == ["second"]
    assert not second.pending
    assert not second.cancel()


def test_an_event_may_cancel_another_of_the_same_moment() -> None:
    kernel = Kernel()
    seen: list[str] = []
    doomed: list[Event] = []
    kernel.at(1.0, lambda: seen.append(str(doomed[0].cancel())))
    doomed.append(kernel.at(1.0, lambda: seen.append("doomed")))
    kernel.run()
    assert seen == ["True"]


def test_run_until_ends_on_time_with_what_is_due_done_and_the_rest_to_come() -> None:
    kernel = Kernel(start_s=10.0)
    seen: list[float] = []
    for delay_s in (0.0, 5.0, 6.0):
        kernel.after(delay_s, lambda: seen.append(kernel.now_s))
    assert kernel.run(until_s=15.0) == 2
    assert (seen, kernel.now_s, kernel.peek_s()) == ([10.0, 15.0], 15.0, 16.0)
    kernel.run(until_s=20.0)
    assert (seen[-1], kernel.now_s, kernel.peek_s()) == (16.0, 20.0, math.inf)


def test_stop_ends_the_run_after_this_event_and_it_can_go_on() -> None:
    kernel = Kernel()
    seen: list[int] = []
    kernel.at(1.0, lambda: seen.append(1))
    kernel.at(1.0, kernel.stop)
    kernel.at(1.0, lambda: seen.append(2))
    assert kernel.run(until_s=9.0) == 2
    assert (seen, kernel.now_s) == ([1], 1.0)
    assert kernel.run(until_s=9.0) == 1
    assert (seen, kernel.now_s) == ([1, 2], 9.0)


@pytest.mark.parametrize("time_s", [math.nan, math.inf, -math.inf, 4.999])
def test_times_that_are_past_or_no_times_are_refused(time_s: float) -> None:
    kernel = Kernel(start_s=5.0)
    with pytest.raises(ScheduleError, match=r"not before 5\.0 s"):
        kernel.at(time_s, lambda: None)
    with pytest.raises(ScheduleError, match="delay must be finite and >= 0"):
        kernel.after(time_s - 5.0, lambda: None)
    assert kernel.run() == 0


def again(kernel: Kernel) -> None:
    kernel.run()


def test_a_run_that_ends_before_now_or_starts_inside_another_is_refused() -> None:
    kernel = Kernel(start_s=5.0)
    for until_s in (4.0, math.nan):
        with pytest.raises(ScheduleError, match="end must not be before"):
            kernel.run(until_s)
    kernel.at(6.0, lambda: again(kernel))
    with pytest.raises(ScheduleError, match="only the outermost"):
        kernel.run()
    assert kernel.run() == 0  # the failure has not left it running


def test_a_clock_cannot_start_at_no_time() -> None:
    with pytest.raises(ScheduleError, match="start must be a finite time"):
        Kernel(math.nan)
