from __future__ import annotations

import pytest

from simulations.demo.latency import Queue


def test_way_work_and_no_queue() -> None:
    # 7 access + 0.5 way + 10 / (1 - 0.5) work
    assert Queue().response_ms(1.0, {"home": 4}, 1.0, 2.0, 15.0) == pytest.approx(27.5)


def test_the_way_is_the_mean_over_who_does_the_work() -> None:
    # home does 2 · 1.5 of 4 parts at 0.5 ms, the cloud 1 of 4 at 28 ms: 7.375
    assert Queue().response_ms(0.0, {"home": 2, "cloud": 1}, 1.5, 2.0, 15.0) == pytest.approx(7 + 7.375 + 10)


def test_a_queue_grows_is_bounded_and_drains() -> None:
    queue = Queue()
    waits = [queue.response_ms(load, {"home": 4}, 1.0, 2.0, 15.0) for load in (2.05, 2.05, 4.0, 4.0, 1.0, 1.0)]
    # 0.05 · 15 = 0.75 waits at the end of the first: half of that over 2 cores, in ms
    assert waits[0] == pytest.approx(7.5 + 200 + 1000 * 0.375 / 2)
    assert waits[3] == pytest.approx(7.5 + 200 + 1000)  # nobody stays for longer than a second
    assert waits[5] == pytest.approx(27.5)


def test_without_a_replica_everybody_goes_away() -> None:
    assert Queue().response_ms(1.0, {"home": 0}, 1.0, 0.0, 15.0) == 1000.0
