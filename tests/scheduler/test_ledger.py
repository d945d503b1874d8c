"""Promised places: charged at once, struck when the watch tells, given back when they run out."""

from __future__ import annotations

from policies.model.pod import Pod
from scheduler.ledger import Ledger
from tests.builders import make_pod


class FakeBooks:
    def __init__(self) -> None:
        self.assumed: dict[str, tuple[str, tuple[int, ...] | None]] = {}

    def assume(self, pod: Pod, node: str, devices: tuple[int, ...] | None) -> None:
        self.assumed[pod.uid] = node, devices

    def forget(self, uid: str) -> None:
        self.assumed.pop(uid, None)

    def is_assumed(self, uid: str) -> bool:
        return uid in self.assumed


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def make_ledger() -> tuple[Ledger, FakeBooks, Clock]:
    books, clock = FakeBooks(), Clock()
    return Ledger(books, hold_s=30.0, clock=clock), books, clock


def test_a_promise_is_charged_at_once() -> None:
    ledger, books, _ = make_ledger()
    pod = make_pod()
    ledger.reserve(pod, "n1", (2,))
    assert books.assumed == {pod.uid: ("n1", (2,))}
    held = ledger.held(pod.uid)
    assert held is not None
    assert (held.node, held.devices, held.until_s) == ("n1", (2,), 30.0)


def test_a_promise_on_another_node_takes_the_first_back() -> None:
    ledger, books, _ = make_ledger()
    pod = make_pod()
    ledger.reserve(pod, "n1", (2,))
    ledger.reserve(pod, "n2", ())
    assert books.assumed == {pod.uid: ("n2", None)}
    assert len(ledger) == 1


def test_released_promise_is_free_again() -> None:
    ledger, books, _ = make_ledger()
    pod = make_pod()
    ledger.reserve(pod, "n1", ())
    ledger.release(pod.uid)
    ledger.release(pod.uid)  # twice does no harm
    assert not books.assumed
    assert ledger.held(pod.uid) is None


def test_what_the_watch_told_is_struck_and_not_taken_back() -> None:
    ledger, books, clock = make_ledger()
    pod = make_pod()
    ledger.reserve(pod, "n1", ())
    books.assumed.clear()  # the mirror knows it from the watch
    clock.now = 31.0
    assert ledger.sweep() == []
    assert len(ledger) == 0


def test_what_ran_out_is_given_back_and_nothing_before() -> None:
    ledger, books, clock = make_ledger()
    old, young = make_pod("old"), make_pod("young")
    ledger.reserve(old, "n1", ())
    clock.now = 10.0
    ledger.reserve(young, "n1", ())
    clock.now = 29.9
    assert ledger.sweep() == []
    clock.now = 30.0
    assert [each.pod for each in ledger.sweep()] == [old]
    assert set(books.assumed) == {young.uid}
