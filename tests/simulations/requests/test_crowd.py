"""What a router takes a site for that it has no news of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.requests.crowd import Crowd


def make_crowd(memory: float = 0.0) -> Crowd:
    return Crowd((4, 4, 2), first_load=2.8, service_ms=40.0, memory=memory)


def test_before_anything_was_sent_a_site_has_the_first_load_and_no_more_than_its_slots() -> None:
    crowd = make_crowd()
    assert crowd.load.tolist() == [2.8, 2.8, 2.0]
    assert crowd.others == [[0.0, 2.8, 2.0], [2.8, 0.0, 2.0], [2.8, 2.8, 0.0]]


def test_the_crowd_at_a_site_is_its_load_less_ones_own_part() -> None:
    crowd = make_crowd()
    for origin, site, count in ((0, 1, 5), (2, 1, 10), (1, 1, 10)):
        for _ in range(count):
            crowd.sent(origin, site)
    crowd.digest(200.0)
    assert crowd.load.tolist() == [0.0, 5.0, 0.0]  # 25 requests of 40 ms in 200 ms
    assert [crowd.others[origin][1] for origin in range(3)] == [4.0, 3.0, 3.0]


def test_averages_keep_the_past_by_its_weight() -> None:
    crowd = make_crowd(memory=0.75)
    crowd.digest(200.0)
    assert crowd.load[0] == pytest.approx(0.75 * 2.8)


@given(st.integers(0, 2), st.integers(0, 2), st.integers(0, 12))
def test_one_more_of_ones_own_never_makes_a_site_look_better(origin: int, site: int, own: int) -> None:
    crowd = make_crowd()
    cost = np.linspace(0.1, 1.0, 34)
    costs = crowd.expected(site, cost)
    now, more = (costs[crowd.step(origin, site, count)] for count in (own, own + 1))
    assert 0.1 <= now <= more <= 1.0
