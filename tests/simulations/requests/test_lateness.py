"""The closed forms of queues, against draws and the textbook."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulations.requests.lateness import erlang_b, late_probability, occupancy_law


def test_late_probability_is_the_chance_seen_in_draws() -> None:
    dice = np.random.default_rng(1)
    for slots, ahead, slack_ms in [(1, 0, 50.0), (1, 2, 90.0), (4, 1, 60.0), (4, 3, 93.0), (16, 5, 40.0)]:
        total = dice.exponential(40.0, 200_000)
        for _ in range(ahead):
            total += dice.exponential(40.0 / slots, 200_000)
        assert late_probability(slack_ms, ahead, slots, 40.0) == pytest.approx((total > slack_ms).mean(), abs=0.005)
    assert late_probability(0.0, 3, 4, 40.0) == 1.0
    # the floor of the service law, 9.8 %
    assert late_probability(93.0, 0, 4, 40.0) == pytest.approx(math.exp(-93 / 40))


def test_erlang_b_is_the_textbook_value() -> None:
    # a = 2, c = 2: (2²/2!) / (1 + 2 + 2) = 0.4; a = 1, c = 3: (1/6) / (1 + 1 + 1/2 + 1/6) = 1/16
    rows = erlang_b(np.array([2.0, 1.0]), 3)
    assert rows[2, 0] == pytest.approx(0.4)
    assert rows[3, 1] == pytest.approx(1 / 16)


def test_occupancy_law_is_the_textbook_value() -> None:
    # M/M/1 at 1/2 cut at 2: 4/7, 2/7, 1/7; M/M/2 at 1 cut at 3: weights 1, 1, 1/2, 1/4 of 11/4
    assert occupancy_law(np.array([0.5]), 1, 3)[:, 0] == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert occupancy_law(np.array([1.0]), 2, 4)[:, 0] == pytest.approx([4 / 11, 4 / 11, 2 / 11, 1 / 11])


def test_occupancy_law_at_a_load_of_nothing_is_an_idle_site() -> None:
    assert occupancy_law(np.array([0.0]), 4, 6)[0, 0] == pytest.approx(1.0, abs=0.011)
