"""Sums along the paths, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulations.microservices.boutique import SERVICES
from simulations.microservices.measures import waits
from tests.simulations.microservices.worlds import tiny


def placed(default: int, **elsewhere: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array([[elsewhere.get(service, default) for service in SERVICES]])


def test_all_on_the_users_node() -> None:
    measured = waits(tiny(), np.array([0]), placed(0))
    assert measured.user_hop_ms == pytest.approx([0.1])
    assert measured.checkout_ms == pytest.approx([0.45])  # 0.1 + 7·0.05
    assert measured.call_ms == pytest.approx([0.05] * 15)


def test_each_distance_counts_as_often_as_it_is_travelled() -> None:
    # users in zone 0; frontend in its other zone; checkout back home; payment abroad, email next to checkout's node
    at = placed(0, frontend=2, payment=4, email=1)
    measured = waits(tiny(), np.array([0]), at)
    assert measured.user_hop_ms == pytest.approx([0.7])
    # user 0.7, frontend → checkout 0.7, cart, productcatalog, currency and shipping 4·0.05, payment 20, email 0.1
    assert measured.checkout_ms == pytest.approx([0.7 + 0.7 + 4 * 0.05 + 20 + 0.1])
    # frontend's 7 calls at 0.7, checkout's 4·0.05 + 20 + 0.1, recommendation's and cart's 0.05 each
    assert measured.call_ms.sum() == pytest.approx(7 * 0.7 + 0.2 + 20.1 + 2 * 0.05)


def test_a_pending_pod_leaves_out_its_calls_and_its_applications_checkout_only() -> None:
    at = np.concatenate([placed(0, payment=-1), placed(0)])
    measured = waits(tiny(), np.array([0, 2]), at)
    assert measured.checkout_ms == pytest.approx([20.35])  # the second's users are abroad: 20 + 7·0.05
    assert len(measured.call_ms) == 15 - 1 + 15
    assert measured.user_hop_ms == pytest.approx([0.1, 20.0])


def test_a_call_that_is_not_on_the_path_does_not_delay_a_checkout() -> None:
    measured = waits(tiny(), np.array([0]), placed(0, redis=-1, ad=4))
    assert measured.checkout_ms == pytest.approx([0.45])


def test_nothing_placed_is_nothing_measured() -> None:
    measured = waits(tiny(), np.array([0]), placed(-1))
    assert len(measured.checkout_ms) == len(measured.call_ms) == len(measured.user_hop_ms) == 0
