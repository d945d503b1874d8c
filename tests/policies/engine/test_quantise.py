from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.engine.quantise import Bands


@pytest.mark.parametrize(
    ("top", "levels", "tier", "score", "integer"),
    [
        (10, 1, 0, 1.0, 10),
        (10, 1, 0, 0.0, 0),
        (10, 1, 0, 0.54, 5),  # 0.54 · 10 = 5.4
        (10, 4, 0, 1.0, 7),  # 11 integers, 4 bands of 2: 6 and 7 are the best tier's
        (10, 4, 0, 0.0, 6),
        (10, 4, 1, 1.0, 5),
        (10, 4, 3, 0.0, 0),
        (100, 4, 0, 1.0, 99),  # 101 integers, 4 bands of 25
        (100, 4, 2, 0.5, 37),  # 25 + rint(0.5 · 24)
        (2, 5, 0, 1.0, 2),  # 3 integers, one each for the first two tiers
        (2, 5, 1, 1.0, 1),
        (2, 5, 2, 1.0, 0),
        (2, 5, 4, 1.0, 0),
    ],
)
def test_integers(top: int, levels: int, tier: int, score: float, integer: int) -> None:
    bands = Bands(top=top, levels=levels)
    assert bands.integers(np.array([tier]), bands.steps(np.array([score]))).tolist() == [integer]


def test_the_best_tier_alone_has_all_integers() -> None:
    bands = Bands(top=10, levels=4, only_best=True)
    assert bands.integers(np.array([2, 2]), bands.steps(np.array([0.0, 1.0]))).tolist() == [0, 10]


nodes = st.lists(st.tuples(st.integers(0, 11), st.floats(0, 1)), min_size=1, max_size=8)


@given(nodes, st.integers(1, 1000), st.integers(1, 12), st.booleans())
def test_laws_of_integers(tiers_and_scores: list[tuple[int, float]], top: int, levels: int, only_best: bool) -> None:
    bands = Bands(top=top, levels=levels, only_best=only_best)
    tier = np.array([min(tier, levels - 1) for tier, _ in tiers_and_scores])
    score = np.array([score for _, score in tiers_and_scores])
    steps = bands.steps(score)
    integers, order = bands.integers(tier, steps), bands.order(tier, steps)
    assert integers.min() >= 0
    assert integers.max() <= top
    for a in range(len(tier)):
        for b in range(len(tier)):
            if tier[a] == tier[b] and score[a] <= score[b]:
                assert integers[a] <= integers[b]
                assert order[a] <= order[b]
            if tier[a] < tier[b]:
                assert order[a] >= order[b]
                if levels <= top + 1 or only_best:
                    assert order[a] > order[b]
                if levels <= top + 1 and not only_best:
                    assert integers[a] > integers[b]
