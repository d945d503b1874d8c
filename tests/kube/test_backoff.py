"""Waits grow, stay in bounds, and begin anew after a success."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kube.backoff import CAP_S, FIRST_S, Backoff


@given(failures=st.integers(min_value=1, max_value=40), seed=st.integers(min_value=0, max_value=2**32))
def test_wait_is_within_its_bound(failures: int, seed: int) -> None:
    backoff = Backoff(np.random.default_rng(seed))
    waits = [backoff.next_s() for _ in range(failures)]
    assert all(0 <= wait <= min(FIRST_S * 2**n, CAP_S) for n, wait in enumerate(waits))
    backoff.reset()
    assert backoff.next_s() <= FIRST_S


def test_waits_are_spread_over_all_of_the_bound() -> None:
    backoff = Backoff(np.random.default_rng(1))
    waits = [backoff.next_s() for _ in range(1000)][10:]
    assert min(waits) < 0.05 * CAP_S
    assert max(waits) > 0.95 * CAP_S


def test_same_seed_waits_the_same() -> None:
    assert Backoff(np.random.default_rng(5)).next_s() == Backoff(np.random.default_rng(5)).next_s()
